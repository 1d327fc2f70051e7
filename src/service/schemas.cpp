#include "service/openapi.h"

namespace refrain::service {

const char* schemas_json() {
    return R"({
"Problem":{"type":"object","required":["status","title","detail","code"],"properties":{
  "type":{"type":"string"},"status":{"type":"integer"},"title":{"type":"string"},
  "detail":{"type":"string"},"code":{"type":"string"}}},
"Error":{"type":["object","null"],"required":["code","message"],"properties":{
  "code":{"type":"string"},"message":{"type":"string"}}},
"Media":{"type":["object","null"],
  "required":["kind","width","height","duration_ms","sha256"],"properties":{
  "kind":{"enum":["image","video"]},"width":{"type":"integer"},"height":{"type":"integer"},
  "duration_ms":{"type":"integer"},"sha256":{"type":"string"},"md5":{"type":"string"},
  "bytes":{"type":"integer"},"container":{"type":"string"},"codec":{"type":"string"}}},
"Accepted":{"type":"object","required":["accepted"],"properties":{"accepted":{"type":"boolean"}}},
"ScannedBlob":{"type":"object","required":["blob","match"],"properties":{
  "blob":{"type":["object","null"]},"match":{"type":"object","required":["status","hits"]}}},
"Said":{"type":"object","required":["item","sha256","verdict","note","by","at_us"],"properties":{
  "item":{"type":"string"},"sha256":{"type":"string"},
  "verdict":{"enum":["true_positive","false_positive"]},"note":{"type":"string"},
  "by":{"type":"string"},"at_us":{"type":"integer"}}},
"Feedback":{"type":"object",
  "required":["schema","item","true_positive","false_positive","latest"],"properties":{
  "schema":{"enum":["refrain.feedback/1"]},"item":{"type":"string"},
  "true_positive":{"type":"integer"},"false_positive":{"type":"integer"},
  "latest":{"type":"array","items":{"$ref":"#/components/schemas/Said"}}}},
"Match":{"type":"object","required":["id","name","bank","labels","score","evidence","coverage"],
  "properties":{"id":{"type":"string"},"name":{"type":"string"},"bank":{"type":"string"},
  "labels":{"type":"object"},"score":{"type":"number"},
  "evidence":{"type":"array","items":{"enum":["exact","frames","local","audio"]}},
  "coverage":{"type":"object","required":["query","reference"]},
  "segments":{"type":"array","items":{"type":"object"}}}},
"Find":{"type":"object",
  "required":["schema","input","status","media","matches","default_min_score","timing_ms","error"],
  "properties":{"schema":{"enum":["refrain.find/1"]},"input":{"type":"string"},
  "status":{"enum":["match","no_match","low_quality","partial","not_scanned"]},
  "media":{"$ref":"#/components/schemas/Media"},
  "matches":{"type":"array","items":{"$ref":"#/components/schemas/Match"}},
  "default_min_score":{"type":"number"},"timing_ms":{"type":"object"},
  "error":{"$ref":"#/components/schemas/Error"}}},
"Job":{"type":"object","required":["schema","id","status","progress","result"],"properties":{
  "schema":{"enum":["refrain.job/1"]},"id":{"type":"string"},
  "status":{"enum":["queued","running","done","failed","cancelled"]},
  "progress":{"type":"number"},"result":{"type":["object","null"]}}},
"Add":{"type":"object",
  "required":["schema","input","status","id","name","bank","media","fingerprint","error"],
  "properties":{"schema":{"enum":["refrain.add/1"]},
  "status":{"enum":["added","exists","partial","failed"]},"id":{"type":["string","null"]},
  "name":{"type":"string"},"bank":{"type":"string"},
  "media":{"$ref":"#/components/schemas/Media"},"fingerprint":{"type":["object","null"]},
  "error":{"$ref":"#/components/schemas/Error"}}},
"Item":{"type":"object",
  "required":["schema","id","name","bank","labels","media","fingerprint","added_at"],
  "properties":{"schema":{"enum":["refrain.item/1"]},"id":{"type":"string"},
  "name":{"type":"string"},"bank":{"type":"string"},"labels":{"type":"object"},
  "media":{"$ref":"#/components/schemas/Media"},"added_at":{"type":"string"}}},
"Items":{"type":"object","required":["schema","items","damaged","next"],"properties":{
  "schema":{"enum":["refrain.items/1"]},
  "items":{"type":"array","items":{"$ref":"#/components/schemas/Item"}},
  "damaged":{"type":"array","items":{"type":"object"}},"next":{"type":["string","null"]}}},
"Remove":{"type":"object","required":["schema","id","status","error"],"properties":{
  "schema":{"enum":["refrain.remove/1"]},"id":{"type":"string"},
  "status":{"enum":["removed","unknown"]}}},
"Banks":{"type":"object","required":["schema","banks"],"properties":{
  "schema":{"enum":["refrain.banks/1"]},
  "banks":{"type":"array","items":{"$ref":"#/components/schemas/Bank"}}}},
"Bank":{"type":"object","required":["bank","items","frames"],"properties":{
  "bank":{"type":"string"},"items":{"type":"integer"},"frames":{"type":"integer"}}},
"Stats":{"type":"object","required":["schema","items","frames","generation","banks"],
  "properties":{"schema":{"enum":["refrain.stats/1"]},"items":{"type":"integer"},
  "generation":{"type":"integer"},"banks":{"type":"array","items":{"type":"object"}}}},
"Health":{"type":"object","required":["status"],"properties":{"status":{"type":"string"}}}
})";
}

}  // namespace refrain::service
