#include "service/openapi.h"

namespace refrain::service {

const char* request_schemas_json() {
    return R"({
"OneFile":{"type":"object","description":"the first file is the medium","properties":{
  "file":{"type":"string","contentMediaType":"application/octet-stream"}}},
"TwoFiles":{"type":"object","description":"the first file is looked up, the second is known",
  "required":["file","known"],"properties":{
  "file":{"type":"string","contentMediaType":"application/octet-stream"},
  "known":{"type":"string","contentMediaType":"application/octet-stream"}}},
"BankChange":{"type":"object","additionalProperties":false,"properties":{
  "mode":{"enum":["enforce","shadow","off"]},"kind":{"enum":["deny","allow"]},
  "min_score":{"type":["number","null"]},"note":{"type":"string"},"reason":{"type":"string"}}},
"NewBank":{"type":"object","required":["bank"],"additionalProperties":false,"properties":{
  "bank":{"type":"string"},
  "mode":{"enum":["enforce","shadow","off"]},"kind":{"enum":["deny","allow"]},
  "min_score":{"type":["number","null"]},"note":{"type":"string"},"reason":{"type":"string"}}},
"ItemChange":{"type":"object","additionalProperties":false,"properties":{
  "labels":{"type":"object","description":"null drops a label",
    "additionalProperties":{"type":["string","null"]}},
  "bank":{"type":"string"},
  "disabled_until":{"type":["string","null"],
    "description":"a time such as 2026-01-31T12:00:00Z, forever, or null: searched again"},
  "reason":{"type":"string"},
  "revision":{"type":"integer","description":"409 stale where the item has another one"}}},
"Frame":{"type":"object","required":["hash"],"additionalProperties":false,"properties":{
  "hash":{"type":"string"},"quality":{"type":"integer"},
  "timestamp":{"type":"number","description":"seconds"},"frame":{"type":"integer"}}},
"Codes":{"type":"object","description":"one of the fields","minProperties":1,"maxProperties":1,
  "additionalProperties":false,"properties":{
  "pdq":{"type":"string"},
  "vpdq":{"type":"array","description":"HEX,QUALITY,SECONDS, or objects",
    "items":{"anyOf":[{"type":"string"},{"$ref":"#/components/schemas/Frame"}]}},
  "md5":{"type":"string"},"sha1":{"type":"string"},"sha256":{"type":"string"}}},
"NewFeedback":{"type":"object","required":["item","verdict"],"additionalProperties":false,
  "properties":{
  "item":{"type":"string"},"verdict":{"enum":["true_positive","false_positive"]},
  "job":{"type":"string","description":"the look-up that matched"},
  "sha256":{"type":"string","description":"of the medium, where there is no job"},
  "note":{"type":"string"}}},
"Message":{"type":"object","required":["message"],"properties":{"message":{"type":"string"}}},
"HmaFile":{"type":"object","description":"one file; the name of its field is the content type",
  "minProperties":1,"properties":{
  "photo":{"type":"string","contentMediaType":"application/octet-stream"},
  "video":{"type":"string","contentMediaType":"application/octet-stream"}}},
"HmaBank":{"type":"object","required":["name"],"properties":{
  "name":{"type":"string","pattern":"^[A-Z_][A-Z0-9_]*$"},"enabled":{"type":["boolean","string"]},
  "enabled_ratio":{"type":["number","string"]}}},
"HmaBankChange":{"type":"object","properties":{
  "name":{"type":"string","pattern":"^[A-Z_][A-Z0-9_]*$"},"enabled":{"type":["boolean","string"]},
  "enabled_ratio":{"type":["number","string"]}}},
"HmaSignal":{"type":"object","description":"one signal","properties":{
  "pdq":{"type":"string"},"video_md5":{"type":"string"},
  "vpdq":{"type":["array","string"],"items":{"type":"string"}},"note":{"type":"string"}}},
"HmaContentChange":{"type":"object","properties":{
  "disable_until_ts":{"type":"integer",
    "description":"0: for ever; 1: enabled; else until then, at most five years"},
  "note":{"type":"string","maxLength":255}}},
"HmaPair":{"type":"object","required":["pdq"],"properties":{
  "pdq":{"type":"array","items":{"type":"string"},"minItems":2,"maxItems":2}}},
"HmaRatio":{"type":"object","required":["enabled_ratio"],"properties":{
  "enabled_ratio":{"type":"number"}}},
"HmaExchange":{"type":"object","required":["bank","api"],"properties":{
  "bank":{"type":"string"},"api":{"type":"string"},"api_json":{"type":"object"}}},
"HmaCredentials":{"type":"object","required":["credential_json"],"properties":{
  "credential_json":{"type":["object","string"]}}}
})";
}

}  // namespace refrain::service
