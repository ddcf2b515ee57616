#pragma once

#include "catalog/route_table.h"

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace pyesi::catalog {

/// A table of our own with one parameter of each sort.
constexpr std::string_view kSmallTable = R"({
"compatibility_date":"2031-02-03",
"operations":[
{"method":"GET","path":"/towns/{town_id}/streets/{street}","operation_id":"GetStreets",
 "parameters":[
  {"name":"town_id","location":"path","type":"integer","format":"int64","required":true},
  {"name":"street","location":"path","type":"string","required":true},
  {"name":"order","location":"query","type":"string","required":true,"explode":true,
   "enum":["near","far","all"],"default":"all"},
  {"name":"at","location":"query","type":"string","format":"uuid","explode":true},
  {"name":"kinds","location":"query","type":"array","items":"string","explode":true,
   "enum":["lane","alley","square"],"max_items":2,"unique":true},
  {"name":"ids","location":"query","type":"array","items":"integer","min_items":0,
   "max_items":3},
  {"name":"limit","location":"query","type":"integer","minimum":10,"maximum":100,
   "default":10},
  {"name":"page","location":"query","type":"integer","format":"int32","minimum":1},
  {"name":"paved","location":"query","type":"boolean"},
  {"name":"slope","location":"query","type":"number","format":"double"},
  {"name":"tilt","location":"query","type":"number","minimum":-10,"maximum":0.5},
  {"name":"word","location":"query","type":"string","min_length":3}],
 "success":[200],"since":"2030-01-01","cache_seconds":60,"cache_mode":"event-based",
 "rate_limit_group":"towns","rate_limit_tokens":10,"rate_limit_window":900,
 "pagination":"x-pages","page_parameter":"page","secured":true,"localised":true},
{"method":"POST","path":"/towns","operation_id":"PostTowns","success":[201],
 "parameters":[{"name":"dry","location":"query","type":"boolean","required":true,
  "default":false},
  {"name":"mayor_id","location":"query","type":"integer","required":true}]},
{"method":"GET","path":"/towns","operation_id":"GetTowns","success":[200],
 "pagination":"from-id","page_parameter":"from_id","page_field":"town_id",
 "expires_daily":true},
{"method":"GET","path":"/feed","operation_id":"GetFeed","success":[200],
 "pagination":"cursor","rows":"entries"}]})";

inline RouteTable small_table() {
    auto table = RouteTable::parse(kSmallTable);
    return std::move(table).value();
}

/// The table that is shipped, as text.
inline std::string shipped_text() {
    std::ifstream file{PYESI_SOURCE_DIR "/src/pyesi/catalog/esi-2026-08-18.json"};
    return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace pyesi::catalog
