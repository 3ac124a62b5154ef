// Channel "whatsapp": the WhatsApp Business Cloud API of Meta.
#include "jackfield/plugin.h"
#include "plugins/whatsapp/channel.h"
#include "plugins/whatsapp/limits.h"
#include "plugins/whatsapp/settings.h"

namespace {

constexpr unsigned long long kCapabilities =
    JF_CAP_TEXT | JF_CAP_MEDIA_IN | JF_CAP_MEDIA_OUT | JF_CAP_TEMPLATES | JF_CAP_INTERACTIVE |
    JF_CAP_DELIVERED | JF_CAP_READ_IN | JF_CAP_READ_OUT | JF_CAP_TYPING_OUT | JF_CAP_REPLY_TO;

}  // namespace

JACKFIELD_PLUGIN(jackfield::whatsapp::WhatsApp, "org.jackfield.whatsapp", "0.1.0", "whatsapp",
                 "WhatsApp", kCapabilities, jackfield::whatsapp::kSettingsSchema,
                 jackfield::whatsapp::kCapabilitiesJson);
