// What each file of testdata says, as describe() writes it.
#include "tests/plugins_whatsapp/golden.h"

namespace jackfield::whatsapp {

const std::vector<Golden>& golden() {
  static const std::vector<Golden> rows = {
      // clang-format off
    {"account_error",
     "notice code=130429 (130429: Rate limit hit: Too many messages) ext={'notice':'error',"
     "'error':{'code':130429,'title':'Rate limit hit','error_data':{'details':'Too many "
     "messages'}}}\n"},
    {"audio",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [media kind=audio "
     "mime=audio/mpeg ref={'id':'3','sha256':'AAAA','mime':'audio/mpeg'}] "
     "ext={'type':'audio'}\n"},
    {"audio_voice",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [media kind=voice "
     "mime=audio/ogg; codecs=opus ref={'id':'4','sha256':'AAAA','mime':'audio/ogg; "
     "codecs=opus'}] ext={'type':'audio'}\n"},
    {"batch_with_broken",
     "message from=wa:12125550122 name=Ann id=wamid.B1 key=* at=* [text 'first'] "
     "ext={'type':'text'}\n"
     "quarantine (text without body)\n"
     "quarantine (a message that is no JSON object)\n"
     "message from=wa:12125550122 name=Ann id=wamid.B3 key=* at=* [media kind=image "
     "mime=image/png ref={'id':'9','mime':'image/png'}] ext={'type':'image'}\n"
     "message account=200000000000002 from=wa:12125550122 name=Ann id=wamid.B4 key=* at=* "
     "[text 'other number'] ext={'type':'text'}\n"
     "receipt sent account=200000000000002 from=wa:12125550122 id=wamid.O1 "
     "key=wa:wamid.O1:sent:12125550122 at=1770000100000 ext={'status':'sent'}\n"
     "quarantine account=200000000000002 (a status without id or status)\n"},
    {"button",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* to=wamid.OUT4 at=* [choice "
     "json={'source':'template_button','id':'stop-news','title':'Stop'} 'Stop'] "
     "ext={'type':'button','context':{'from':'12125550111','id':'wamid.OUT4'}}\n"},
    {"contacts",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [contact "
     "json={'contacts':[{'name':{'formatted_name':'Bo Li','first_name':'Bo'},"
     "'phones':[{'phone':'+1 212 555 0133','wa_id':'12125550133','type':'CELL'}]},"
     "{'name':{'first_name':'Cy'}}]} 'Bo Li, Cy'] ext={'type':'contacts'}\n"},
    {"contacts_not_by_index",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [text 'from Ann'] "
     "ext={'type':'text'}\n"},
    {"document",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [media kind=document "
     "mime=application/pdf file=../../etc/" "\xE2\x80\xAE" "fdp.exe ref={'id':'6','sha256':'AAAA',"
     "'mime':'application/pdf'} 'contract'] ext={'type':'document'}\n"},
    {"duplicate_in_batch",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [text 'twice'] "
     "ext={'type':'text'}\n"
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [text 'twice'] "
     "ext={'type':'text'}\n"},
    {"duplicate_key",
     "quarantine (JSON: duplicate key at byte 385)\n"},
    {"echo",
     "echo from=wa:12125550122 name=Ann id=wamid.E1 key=* at=* [text 'from the shop's "
     "phone'] ext={'type':'text'}\n"},
    {"edit",
     "edit from=wa:12125550122 name=Ann id=wamid.A1 key=* to=wamid.A0 at=* [text "
     "'corrected'] ext={'type':'edit'}\n"},
    {"group",
     "message from=wa-group:Y2FwaS1ncm91cA== name=Ann id=wamid.A1 key=* at=* [text 'hi all'] "
     "ext={'type':'text','sender':'wa:12125550122','group_id':'Y2FwaS1ncm91cA=='}\n"},
    {"image",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [media kind=image "
     "mime=image/jpeg ref={'id':'1234567890','url':'https://lookaside.fbsbx.com/x?mid=1',"
     "'sha256':'47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=','mime':'image/jpeg'} "
     "json={'sha256':'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'} "
     "'the lamp'] ext={'type':'image'}\n"},
    {"image_too_large",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [unsupported "
     "json={'provider_type':'image','code':'131052','reason':'Media file size too big'} "
     "'WhatsApp message that can't be shown (image)'] ext={'type':'image',"
     "'errors':[{'code':131052,'title':'Media download error','error_data':{'details':'Media "
     "file size too big'}}]}\n"},
    {"interactive_button",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* to=wamid.OUT3 at=* [choice "
     "json={'source':'button','id':'yes-1','title':'Yes'} 'Yes'] ext={'type':'interactive',"
     "'context':{'from':'12125550111','id':'wamid.OUT3'}}\n"},
    {"interactive_call_permission",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [choice "
     "json={'source':'call_permission','id':'accept','title':'Call permission: accept',"
     "'description':'1770600000'} 'Call permission: accept'] ext={'type':'interactive'}\n"},
    {"interactive_flow",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [form json={'name':'flow',"
     "'fields':{'size':'M'}} 'Sent'] ext={'type':'interactive'}\n"},
    {"interactive_flow_broken",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [form json={'name':'flow',"
     "'fields_raw':'{size:M'} 'Sent'] ext={'type':'interactive'}\n"},
    {"interactive_list",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [choice "
     "json={'source':'list','id':'row-2','title':'Tuesday','description':'10 to 12'} "
     "'Tuesday'] ext={'type':'interactive'}\n"},
    {"interactive_missing",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [unsupported "
     "json={'provider_type':'interactive','code':'131000','reason':'Something went wrong'} "
     "'WhatsApp message that can't be shown (interactive)'] ext={'type':'interactive',"
     "'errors':[{'code':131000,'title':'Something went wrong'}]}\n"},
    {"location",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [location "
     "json={'latitude':0.0,'longitude':0.0,'name':'Null Island','address':'Gulf of Guinea',"
     "'url':'https://example.org'} 'Null Island, Gulf of Guinea'] ext={'type':'location'}\n"},
    {"location_broken",
     "quarantine (location without a latitude and longitude on this planet)\n"},
    {"lone_surrogate",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [text 'ok � end'] "
     "ext={'type':'text'}\n"},
    {"messages_object",
     "quarantine (messages is no list)\n"},
    {"no_entry",
     "quarantine (a webhook without entry)\n"},
    {"no_routing",
     "quarantine (messages without metadata.phone_number_id)\n"},
    {"not_json",
     "quarantine (JSON: Invalid value. at byte 0)\n"},
    {"nothing_in_it",
     "notice key=wa:106540352242922:sha256-b6230b0d3fb7a02dfcd2b263e00a0f9508162517 "
     "(messages) ext={'notice':'messages','business_account':'102290129340398',"
     "'value':{'messaging_product':'whatsapp','metadata':{'display_phone_number':'12125550111'"
     ",'phone_number_id':'106540352242922'}}}\n"},
    {"number_bomb",
     "quarantine (JSON: Number too big to be stored in double. at byte 66)\n"},
    {"order",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [order "
     "json={'catalog_id':'194836987003835','note':'by Friday','items':[{'sku':'sku-1',"
     "'quantity':'2','price':'10.50','currency':'EUR'},{'sku':'sku-2','quantity':'1',"
     "'price':'3.1','currency':'EUR'}]} 'by Friday'] ext={'type':'order'}\n"},
    {"other_object",
     "quarantine (object is not whatsapp_business_account: is this callback URL set for "
     "another product?)\n"},
    {"reaction",
     "reaction from=wa:12125550122 name=Ann id=wamid.A1 key=* to=wamid.OUT5 at=* [text '👍'] "
     "ext={'type':'reaction'}\n"},
    {"reaction_removed",
     "reaction from=wa:12125550122 name=Ann id=wamid.A1 key=* to=wamid.OUT5 at=* [text] "
     "ext={'type':'reaction'}\n"},
    {"request_welcome",
     "notice from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* (the contact opened the "
     "chat for the first time) ext={'notice':'request_welcome','address':'wa:12125550122'}\n"},
    {"revoke",
     "removal from=wa:12125550122 name=Ann id=wamid.A1 key=* to=wamid.A0 at=* "
     "ext={'type':'revoke'}\n"},
    {"sender_missing",
     "quarantine (a message without a sender's phone number or user id)\n"},
    {"sender_without_phone",
     "message from=wa-user:US.abc123 name=ann.x id=wamid.A1 key=* at=* [text 'no phone'] "
     "ext={'type':'text','user_id':'US.abc123','parent_user_id':'US.ENT.abc',"
     "'username':'ann.x'}\n"},
    {"status_variants",
     "receipt delivered from=wa-user:US.abc id=wamid.OUT key=wa:wamid.OUT:delivered:US.abc "
     "at=1770000100000 ext={'status':'delivered'}\n"
     "receipt read from=wa-group:Y2FwaS1ncm91cA== id=wamid.OUT "
     "key=wa:wamid.OUT:read:12125550133 at=1770000100000 ext={'status':'read',"
     "'participant':'12125550133'}\n"
     "quarantine (a status without id or status)\n"},
    {"statuses",
     "receipt sent from=wa:12125550122 id=wamid.OUT key=wa:wamid.OUT:sent:12125550122 "
     "correlator=0192a1b2-m1 at=1770000100000 ext={'status':'sent','conversation':{'id':'c1',"
     "'expiration_timestamp':'1770086400','origin':{'type':'service'}},"
     "'pricing':{'billable':true,'pricing_model':'PMP','type':'regular',"
     "'category':'utility'}}\n"
     "receipt delivered from=wa:12125550122 id=wamid.OUT key=wa:wamid.OUT:delivered:1212555012"
     "2 correlator=0192a1b2-m1/2 at=1770000100000 ext={'status':'delivered'}\n"
     "receipt read from=wa:12125550122 id=wamid.OUT key=wa:wamid.OUT:read:12125550122 "
     "at=1770000100000 ext={'status':'read'}\n"
     "receipt read from=wa:12125550122 id=wamid.OUT key=wa:wamid.OUT:played:12125550122 "
     "at=1770000100000 ext={'status':'played'}\n"
     "receipt failed from=wa:12125550122 id=wamid.OUT key=wa:wamid.OUT:failed:12125550122 "
     "at=1770000100000 code=131047 (131047: Re-engagement message: More than 24 hours have "
     "passed) ext={'status':'failed','errors':[{'code':131047,'title':'Re-engagement "
     "message','message':'Re-engagement message','error_data':{'details':'More than 24 hours "
     "have passed'}}]}\n"
     "receipt failed from=wa:12125550122 id=wamid.OUT2 key=wa:wamid.OUT2:failed:12125550122 "
     "at=1770000100000 (failed without a reason given) ext={'status':'failed'}\n"
     "notice from=wa:12125550122 id=wamid.OUT3 key=wa:wamid.OUT3:warning:12125550122 "
     "at=1770000100000 ext={'notice':'status','id':'wamid.OUT3','status':'warning'}\n"},
    {"sticker",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [media kind=sticker "
     "mime=image/webp ref={'id':'7','sha256':'AAAA','mime':'image/webp'} "
     "json={'animated':true}] ext={'type':'sticker'}\n"},
    {"system_number",
     "notice from=wa:12125550122 id=wamid.A1 key=* at=* (Ann changed from 12125550122 to "
     "12125550199) ext={'notice':'system','type':'user_changed_number',"
     "'address':'wa:12125550122','new_address':'wa:12125550199','system':{'body':'Ann "
     "changed from 12125550122 to 12125550199','type':'user_changed_number',"
     "'wa_id':'12125550199'}}\n"},
    {"system_user_id",
     "notice from=wa-user:US.old1 id=wamid.A1 key=* at=* (new id) ext={'notice':'system',"
     "'type':'user_changed_user_id','address':'wa-user:US.old1',"
     "'new_address':'wa-user:US.new1','system':{'body':'new id',"
     "'type':'user_changed_user_id','user_id':'US.new1'}}\n"},
    {"template_status",
     "notice key=wa::sha256-655ad17392b13b1bc0f207f70f9181432c655e7a "
     "(message_template_status_update) ext={'notice':'message_template_status_update',"
     "'business_account':'102290129340398','value':{'event':'APPROVED',"
     "'message_template_id':594425479261596,'message_template_name':'hello',"
     "'message_template_language':'en_US','reason':null}}\n"},
    {"text",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [text 'Café ☕\n"
     "  two  spaces'] ext={'type':'text'}\n"},
    {"text_forwarded",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* forwarded at=* [text 'see "
     "this'] ext={'type':'text','forwarded':'once','context':{'forwarded':true}}\n"},
    {"text_forwarded_often",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* forwarded at=* [text 'see "
     "this'] ext={'type':'text','forwarded':'many','context':{'frequently_forwarded':true}}\n"},
    {"text_nul",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [text 'a�b'] "
     "ext={'type':'text'}\n"},
    {"text_product",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* to=wamid.OUT2 at=* [text 'Is it "
     "in stock?'] ext={'type':'text','context':{'from':'12125550111','id':'wamid.OUT2',"
     "'referred_product':{'catalog_id':'194836987003835','product_retailer_id':'sku-1'}}}\n"},
    {"text_referral",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [text 'Hello, the ad'] "
     "ext={'type':'text','referral':{'source_url':'https://fb.example/ad','source_type':'ad',"
     "'source_id':'120','headline':'Lamps','body':'Warm light','media_type':'image',"
     "'image_url':'https://cdn.example/1.jpg','ctwa_clid':'clid-1'}}\n"},
    {"text_reply",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* to=wamid.OUT1 at=* [text 'yes'] "
     "ext={'type':'text','context':{'from':'12125550111','id':'wamid.OUT1'}}\n"},
    {"text_time_missing",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* [text 'a'] ext={'type':'text'}\n"},
    {"text_time_ms",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=1770000000123 [text 'a'] "
     "ext={'type':'text'}\n"},
    {"text_time_number",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [text 'a'] "
     "ext={'type':'text'}\n"},
    {"text_without_id",
     "message from=wa:12125550122 name=Ann key=wa:106540352242922:sha256-10c50af2d944981dc775f"
     "35e7cbeecc2d23ac483 at=* [text 'no id'] ext={'type':'text'}\n"},
    {"too_deep",
     "quarantine (JSON: nested too deeply at byte 64)\n"},
    {"two_entries",
     "message from=wa:12125550122 name=Ann id=wamid.C1 key=* at=* [text 'entry one'] "
     "ext={'type':'text'}\n"
     "message account=200000000000002 from=wa:12125550122 name=Ann id=wamid.C2 key=* at=* "
     "[text 'entry two'] ext={'type':'text'}\n"
     "quarantine (an entry without changes)\n"},
    {"type_missing",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [unsupported json={} "
     "'WhatsApp message that can't be shown'] ext={}\n"},
    {"unknown_type",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [unsupported "
     "json={'provider_type':'hologram'} 'WhatsApp message that can't be shown (hologram)'] "
     "ext={'type':'hologram'}\n"},
    {"unsupported",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [unsupported "
     "json={'provider_type':'poll_creation','code':'131051','reason':'Message type is "
     "currently not supported.'} 'WhatsApp message that can't be shown (poll_creation)'] "
     "ext={'type':'unsupported','errors':[{'code':131051,'title':'Message type unknown',"
     "'error_data':{'details':'Message type is currently not supported.'}}]}\n"},
    {"user_preferences",
     "notice key=wa:106540352242922:sha256-943f42094cfff867f849938a41f030fd975d5022 "
     "(user_preferences) ext={'notice':'user_preferences',"
     "'business_account':'102290129340398','value':{'messaging_product':'whatsapp',"
     "'metadata':{'display_phone_number':'12125550111','phone_number_id':'106540352242922'},"
     "'contacts':[{'profile':{'name':'Ann'},'wa_id':'12125550122'}],"
     "'user_preferences':[{'wa_id':'12125550122','detail':'stop',"
     "'category':'marketing_messages','value':'stop','timestamp':1770000000}]}}\n"},
    {"value_missing",
     "quarantine (a change without a value object)\n"},
    {"video",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [media kind=video "
     "mime=video/mp4 ref={'id':'2','sha256':'AAAA','mime':'video/mp4'}] ext={'type':'video'}\n"},
    {"voice_old",
     "message from=wa:12125550122 name=Ann id=wamid.A1 key=* at=* [media kind=voice "
     "mime=audio/ogg; codecs=opus ref={'id':'5','sha256':'AAAA','mime':'audio/ogg; "
     "codecs=opus'}] ext={'type':'voice'}\n"},
      // clang-format on
  };
  return rows;
}

}  // namespace jackfield::whatsapp
