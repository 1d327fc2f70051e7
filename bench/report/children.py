"""Programs that are run to their end, and that end with whoever asked for them."""
import os
import signal
import subprocess

GRACE = 10  # seconds to tidy up in


def end(child):
    """Interrupts a child and all that it started; what does not end by itself is killed."""
    for number in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
            child.wait(GRACE)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    child.wait()


def output(command, timeout, environment=None):
    """What a program printed on standard output.

    Raises OSError, subprocess.CalledProcessError, whose `stderr` has the end of what it complained, and
    subprocess.TimeoutExpired. Whatever ends the wait, the program and its children end too.
    """
    child = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True, errors="replace", start_new_session=True)
    try:
        printed, complained = child.communicate(timeout=timeout)
    except BaseException:
        end(child)
        child.stdout.close()
        child.stderr.close()
        raise
    if child.returncode != 0:
        raise subprocess.CalledProcessError(child.returncode, command[0], printed, complained[-500:])
    return printed
