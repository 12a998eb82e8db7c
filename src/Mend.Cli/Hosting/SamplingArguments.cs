using System.CommandLine;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>How answers are drawn: options that every command that generates has. A fresh one per command.</summary>
/// <param name="mostTokens">Tokens of an answer where nobody says otherwise.</param>
internal sealed class SamplingArguments(int mostTokens)
{
    private readonly Option<int> _tokens = Options.Number("--max-tokens", "Most tokens to generate; the model's length is another limit.", mostTokens, 1);
    private readonly Option<double?> _temperature = Options.OptionalReal("--temperature", "0 takes the most likely token each time; higher is more varied. Default: 0.", 0);
    private readonly Option<double?> _topP = Options.OptionalReal("--top-p", "Draw from the smallest set of tokens with this probability. Default: 1.", 1e-9, 1);
    private readonly Option<int> _seed = Options.Number("--seed", "Seed of the draws.", 0, 0);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_tokens);
        command.Add(_temperature);
        command.Add(_topP);
        command.Add(_seed);
    }

    /// <summary>What was chosen.</summary>
    public SamplingOptions Get(ParseResult parsed) => new()
    {
        MaxNewTokens = parsed.GetValue(_tokens),
        Temperature = parsed.GetValue(_temperature) ?? 0,
        TopP = parsed.GetValue(_topP) ?? 1,
        Seed = parsed.GetValue(_seed),
    };
}
