package insurance

import "slices"

// TextTopic is something that texts to a member's phone, which others may read, say only where she chose so.
type TextTopic string

// The topics: what her cover is for, such as maternity; the group she is in; what is left of her limits.
const (
	TellHealth   TextTopic = "health"
	TellCategory TextTopic = "category"
	TellBalance  TextTopic = "balance"
)

// Channel is the way by which notices reach a member.
type Channel string

// The channels: a text to her phone, a call, or somebody who comes to her, such as a group officer.
const (
	ByText    Channel = "sms"
	ByVoice   Channel = "voice"
	ByOfficer Channel = "officer"
)

// Choice is what a member has chosen of how she is written to. The zero choice tells nothing of the topics, and leaves
// the channel to what is known of her.
type Choice struct {
	Topics   []TextTopic `json:"topics,omitempty"`
	Channel  Channel     `json:"channel,omitempty"`
	Language string      `json:"language,omitempty"`
}

// Tells says whether she chose to be told of the topic.
func (c Choice) Tells(topic TextTopic) bool { return slices.Contains(c.Topics, topic) }

// Check returns what is wrong with the form, as a [Fault].
func (c Choice) Check() error {
	for _, topic := range c.Topics {
		if !slices.Contains([]TextTopic{TellHealth, TellCategory, TellBalance}, topic) {
			return Fault{"choice.topics", "TOPIC_INVALID", "use health, category or balance"}
		}
	}
	if !slices.Contains([]Channel{"", ByText, ByVoice, ByOfficer}, c.Channel) {
		return Fault{"choice.channel", "CHANNEL_INVALID", "use sms, voice or officer"}
	}
	if !language.MatchString(c.Language) {
		return Fault{"choice.language", "LANGUAGE_INVALID", "use two small letters, such as ar"}
	}
	return nil
}
