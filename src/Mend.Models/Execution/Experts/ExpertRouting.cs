namespace Mend.Models.Execution;

/// <summary>How the tokens of a mixture of experts find theirs. Immutable.</summary>
internal sealed record ExpertRouting
{
    /// <summary>Above what any model has.</summary>
    private const int MostExperts = 100_000;

    /// <summary>Number of experts.</summary>
    public required int Experts { get; init; }

    /// <summary>Number of experts that a token goes to.</summary>
    public required int PerToken { get; init; }

    /// <summary>Whether an expert's score is σ of its logit, for itself, and not a softmax over all of them.</summary>
    public bool Sigmoid { get; init; }

    /// <summary>Whether the weights of a token's experts are made to sum to 1.</summary>
    public bool Normalised { get; init; }

    /// <summary>Factor on the weights.</summary>
    public float Scale { get; init; } = 1f;

    /// <summary>Number of equal groups that the experts stand in; a token's experts are of its best groups.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Number of groups that a token may choose its experts from.</summary>
    public int GroupsPerToken { get; init; } = 1;

    /// <summary>How many of a group's best scores, added up, are the group's own.</summary>
    public int BestOfGroup { get; init; } = 1;

    /// <summary>The share of the tokens that an expert sees, on average.</summary>
    public double Share => (double)PerToken / Experts;

    /// <summary>Checks that the numbers go together.</summary>
    /// <param name="config">The configuration, for the message.</param>
    /// <param name="experts">The option that says how many experts there are.</param>
    /// <exception cref="ModelException">They do not.</exception>
    public ExpertRouting Checked(ConfigReader config, string experts)
    {
        ModelException Wrong(string what) => new($"'{config.Source}' has {what}. Take config.json from the model's own folder.");
        if (Experts is < 1 or > MostExperts || PerToken < 1 || PerToken > Experts)
        {
            throw Wrong(
                $"{experts} = {Experts} and num_experts_per_tok = {PerToken}; a token can go to 1 expert or more and to no more than there are, which may be {MostExperts}");
        }

        if (Groups < 1 || Experts % Groups != 0)
        {
            throw Wrong($"{experts} = {Experts} and n_group = {Groups}; the experts stand in groups of one size");
        }

        if (GroupsPerToken < 1 || GroupsPerToken > Groups || GroupsPerToken * (Experts / Groups) < PerToken)
        {
            throw Wrong(
                $"topk_group = {GroupsPerToken} of n_group = {Groups} groups of {Experts / Groups} experts, and num_experts_per_tok = {PerToken}; " +
                "the chosen groups must hold that many experts");
        }

        return this;
    }
}
