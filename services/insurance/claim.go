package insurance

// The reasons of what does not fit how a claim for a benefit stands. Those of claims that are sent to a funder stand with
// budgets.
const (
	ProviderUnknown        = "PROVIDER_UNKNOWN"
	BenefitClaimUnknown    = "BENEFIT_CLAIM_UNKNOWN"
	BenefitClaimWrongState = "BENEFIT_CLAIM_WRONG_STATE"
	BenefitClaimSamePerson = "BENEFIT_CLAIM_SAME_PERSON"
	BenefitClaimObjected   = "BENEFIT_CLAIM_OBJECTED"
)
