"""Templates of which a large part is the same to the last pixel: keyboards, keypads, side bars, forms, boards.

A module of kinds for the generator of graphics, EVAL in copy_evidence.py; with PYTHONPATH=EVAL:bench/quality:

    python3 EVAL/graphics.py --seed 1 --kinds halves --photos MEDIA/images --out halves --families 6 --media image

form_filled is drawn too, and left out of the fit (docs/decisions/0075-contradictions-of-a-clean-copy.md).
"""
from graphics_common import Kind, barcode, hsv, mix
from graphics_dev import BLACK, FONTS, PAGE, SCRIPT_FONTS, TALL, WHITE, WIDE
from PIL import Image, ImageDraw

NAME = "halves"
WORD_PART = 1


def keys(p, rows, x0, y0, x1, y1, ink, key, round_by):
    f = p.latin("sans", (y1 - y0) / len(rows) * .42)
    step = (y1 - y0) / len(rows)
    for r, row in enumerate(rows):
        w = (x1 - x0) / max(len(one) for one in rows)
        left = x0 + ((x1 - x0) - w * len(row)) / 2
        for i, letter in enumerate(row):
            box = (left + i * w + 3, y0 + r * step + 4, left + (i + 1) * w - 3, y0 + (r + 1) * step - 4)
            p.d.rounded_rectangle(box, round_by, fill=key)
            p.d.text(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), letter, font=f, fill=ink, anchor="mm")


def chat_keys(p):
    """A chat above a keyboard; either side's bubbles."""
    W, H, t = p.W, p.H, p.t
    dark = t.random() < .5
    bg, ink = ((18, 22, 30), (230, 230, 230)) if dark else (mix(p.colour(0, .2, .95), WHITE, .4), (20, 20, 20))
    p.ground(bg)
    top, low = H * t.uniform(.08, .12), H * t.uniform(.55, .72)
    if t.random() < .6:
        for y in range(int(top), int(low), H // 14):
            for x in range(0, W, W // 6):
                p.icon(x + t.uniform(-9, 9), y + t.uniform(-9, 9), W * .02, t, mix(bg, (128, 128, 128), .2))
    mine_c, other_c = p.colour(.1, .5, .6), mix(bg, (128, 128, 128), .3)
    y = top + 10
    while True:
        f = p.font("sans", W * .034)
        lines = p.lines(p.say(2, 12), f, W * .6)
        w, h = max(f.getlength(x) for x in lines) + W * .05, len(lines) * W * .048 + W * .04
        if y + h > low - 8:
            break
        x = W * .97 - w if p.m.random() < .5 else W * .03
        p.d.rounded_rectangle((x, y, x + w, y + h), W * .02, fill=mine_c if x > W * .04 else other_c)
        for i, line in enumerate(lines):
            p.d.text((x + W * .025, y + W * .018 + i * W * .048), line, font=f, fill=WHITE if dark else BLACK)
        y += h + W * p.m.uniform(.012, .05)
    p.d.rectangle((0, 0, W, top), fill=p.colour(0, .6, .45))
    p.avatar(W * .1, top * .62, W * .04, p.m)
    p.d.text((W * .17, top * .5), p.name(p.m), font=p.latin("sans_bold", W * .04), fill=WHITE, anchor="lm")
    for i in range(3):
        p.icon(W * (.72 + .1 * i), top * .6, W * .025, t, WHITE)
    p.d.rectangle((0, low, W, H), fill=mix(bg, (120, 130, 140), .35))
    rows = t.choice((["1234567890", "azertyuiop", "qsdfghjklm", "wxcvbn,?"], ["qwertzuiop", "asdfghjkl", "yxcvbnm"],
                     ["qwertyuiop", "asdfghjkl", "zxcvbnm"], ["123", "456", "789", "*0#"]))
    keys(p, rows, 4, low + H * .02, W - 4, H * .9, ink, mix(bg, WHITE, .25) if dark else WHITE, t.choice((2, 8, 14)))
    p.d.rounded_rectangle((W * .25, H * .92, W * .75, H * .985), 8, fill=mix(bg, WHITE, .25))


def keypad(p):
    """A dialler or calculator: other figures above the same keys."""
    W, H, t = p.W, p.H, p.t
    bg = t.choice((WHITE, (25, 25, 28), p.colour(0, .3, .9)))
    ink = BLACK if sum(bg) > 380 else WHITE
    p.ground(bg)
    p.status_bar(H * .03, ink, t)
    for i in range(4):
        s = "".join(p.m.choice("0123456789+-.:() ") for _ in range(p.m.randint(6, 16)))
        p.d.text((W * .95, H * (.08 + .07 * i)), s, font=p.latin("sans", H * .042), fill=mix(bg, ink, .5 + .15 * i), anchor="ra")
        p.d.text((W * .05, H * (.08 + .07 * i)), p.words(p.m, 1), font=p.font("sans", H * .02), fill=mix(bg, ink, .6))
    rows = t.choice((["789/", "456x", "123-", "0.=+"], ["123", "456", "789", "*0#"], ["C()%", "789/", "456x", "123-", "+0.="]))
    keys(p, rows, W * .04, H * .4, W * .96, H * .96, ink, mix(bg, ink, .12), t.choice((6, 20, 50)))


def form_filled(p):
    """The same printed form, filled in by another."""
    W, H, t, m = p.W, p.H, p.t, p.m
    p.ground(t.choice((WHITE, (250, 246, 232), (236, 246, 250))))
    p.logo(W * .12, H * .07, H * .035, t)
    p.d.text((W * .55, H * .06), p.title(3), font=p.font("sans_bold", H * .028), fill=p.colour(0, .7, .4), anchor="mm")
    barcode(p.d, W * .62, H * .09, W * .3, H * .04, t)
    y, f, hand = H * .15, p.font("sans", H * .013), p.latin("italic", H * .02)
    while y < H * .72:
        n = t.randint(1, 3)
        for i in range(n):
            x, w = W * .06 + W * .88 * i / n, W * .86 / n
            p.d.rectangle((x, y, x + w, y + H * .045), outline=(90, 90, 90), width=1)
            p.d.text((x + 4, y + 2), p.words(t, 2), font=f, fill=(90, 90, 90))
            if m.random() < .8:
                p.d.text((x + 10, y + H * .018), p.words(m, 1 if n > 2 else 2), font=hand, fill=(30, 40, 120))
        y += H * .053
    for i in range(8):
        p.d.text((W * .06, H * (.75 + .018 * i)), p.words(t, 11), font=f, fill=(60, 60, 60))
    p.d.line([(W * .6 + 9 * i, H * .93 + m.uniform(-20, 20)) for i in range(20)], fill=(30, 40, 120), width=2)


def page_sidebar(p):
    """A web page: head, menu and side bar are the site's, the article another."""
    W, H, t = p.W, p.H, p.t
    c = p.colour(0, .6, .5)
    p.ground(WHITE)
    p.d.rectangle((0, 0, W, H * .1), fill=c)
    p.logo(W * .05, H * .05, H * .03, t)
    f = p.font("sans_bold", H * .022)
    x = W * .14
    for i in range(5):
        s = p.words(t, 1)
        p.d.text((x, H * .05), s, font=f, fill=WHITE, anchor="lm")
        x += f.getlength(s) + W * .03
    side = W * t.uniform(.58, .66)
    p.d.rectangle((side, H * .12, W, H), fill=(240, 240, 243))
    y = H * .14
    while y < H * .93:
        p.paste(thumbnail(t, W * .07, H * .07), side + 8, y)
        p.para(side + W * .09, y, W * .96 - side - W * .09, p.words(t, 6), p.font("sans", H * .018), (40, 40, 60), bottom=y + H * .08)
        y += H * .095
    y = p.para(W * .03, H * .14, side - W * .06, p.say(4, 7), p.font("serif_bold", H * .042), BLACK)
    if p.m.random() < .5:
        h = int(H * p.m.uniform(.2, .3))
        p.paste(p.photo(int(side - W * .06), h), W * .03, y + 6)
        y += h + 12
    p.para(W * .03, y + 8, side - W * .06, p.text_of(8), p.font("serif", H * .022), (40, 40, 40), bottom=H * .98)


def thumbnail(rng, w, h):
    """A small picture of a few triangles."""
    im = Image.new("RGB", (int(w), int(h)), hsv(rng.random(), .5, .7))
    d = ImageDraw.Draw(im)
    for _ in range(5):
        q = [(rng.uniform(0, w), rng.uniform(0, h)) for _ in range(3)]
        d.polygon(q, fill=hsv(rng.random(), .6, .8))
    return im


def board_game(p):
    """The same board and players' panel, other pieces."""
    W, H, t, m = p.W, p.H, p.t, p.m
    p.ground(p.colour(.5, .2, .9))
    n = t.choice((8, 9, 10))
    s = H * .88 / n
    a, b = p.colour(0, .3, .9), p.colour(0, .5, .55)
    f = p.latin("sans", s * .2)
    for r in range(n):
        for k in range(n):
            x, y = H * .06 + k * s, H * .06 + r * s
            p.d.rectangle((x, y, x + s, y + s), fill=a if (r + k) % 2 else b)
            if m.random() < .35:
                p.d.text((x + s / 2, y + s / 2), m.choice("KQRBNP"), font=p.latin("sans_bold", s * .6), fill=m.choice((BLACK, WHITE)), anchor="mm")
        p.d.text((H * .03, H * .06 + (r + .5) * s), str(n - r), font=f, fill=BLACK, anchor="mm")
        p.d.text((H * .06 + (r + .5) * s, H * .97), "abcdefghij"[r], font=f, fill=BLACK, anchor="mm")
    x = H * 1.02
    for i in range(2):
        p.avatar(x + 40, H * (.12 + .5 * i), 30, t)
        p.d.text((x + 80, H * (.12 + .5 * i)), p.name(t), font=p.latin("sans_bold", H * .03), fill=BLACK, anchor="lm")
        p.d.text((x + 80, H * (.17 + .5 * i)), "%d:%02d" % (m.randrange(10), m.randrange(60)), font=p.latin("mono", H * .035), fill=BLACK, anchor="lm")
    for i in range(5):
        p.d.text((x, H * (.25 + .05 * i)), " ".join(m.choice("KQRBNP") + m.choice("abcdefgh") + m.choice("12345678") for _ in range(4)), font=p.latin("mono", H * .026), fill=BLACK)
    for i in range(6):
        p.icon(x + 30 + 45 * i, H * .92, 16, t)


def player_window(p):
    """A player's window with its lists and buttons; another film in it."""
    W, H, t = p.W, p.H, p.t
    p.ground((24, 24, 26))
    p.paste(p.photo(int(W * .62), int(H * .62)), W * .02, H * .1)
    p.d.text((W * .02, H * .76), p.say(4, 7), font=p.font("sans_bold", H * .034), fill=WHITE)
    p.logo(W * .04, H * .05, H * .03, t)
    for i in range(7):
        p.icon(W * (.06 + .08 * i), H * .9, H * .022, t, (200, 200, 200))
    p.d.line((W * .02, H * .84, W * .64, H * .84), fill=(120, 120, 120), width=4)
    for i in range(6):
        y = H * (.1 + .145 * i)
        p.paste(thumbnail(t, W * .12, H * .12), W * .67, y)
        p.para(W * .8, y, W * .18, p.words(t, 5), p.font("sans", H * .022), (220, 220, 220), bottom=y + H * .1)


KINDS = [
    Kind(chat_keys, TALL, langs=("en", "de", "fr", "es", "tr"), limit=.9),
    Kind(keypad, TALL, langs=("en", "de", "fr", "es"), limit=.9),
    Kind(form_filled, PAGE, langs=("en", "de", "fr", "es", "tr"), limit=.9),
    Kind(page_sidebar, WIDE, langs=("en", "de", "fr", "es"), photos=True, limit=.9),
    Kind(board_game, WIDE, langs=("en",), limit=.9),
    Kind(player_window, WIDE, langs=("en", "de", "fr", "ru"), photos=True, limit=.9),
]
