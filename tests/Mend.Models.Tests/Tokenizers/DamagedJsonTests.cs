using System.Text.Json.Nodes;
using Mend.Models.Tokenizers;
using Mend.Models.Tokenizers.Patterns.WordScanners;

namespace Mend.Models.Tests.Tokenizers;

public sealed class DamagedJsonTests
{
    private const int Seed = 21;
    private const int Rounds = 120;

    private static readonly string[] Replacements = ["null", "3", "-1", "1e9", "\"x\"", "\"\"", "[]", "{}", "true", "[[]]"];

    [Theory]
    [InlineData("llama2")]
    [InlineData("split")]
    [InlineData("bert")]
    [InlineData("t5")]
    public void Load_AnyPartReplaced_LoadsOrThrowsTokenizerException(string shape)
    {
        var random = new Random(Seed);
        var original = Original(shape);
        for (var round = 0; round < Rounds; round++)
        {
            var json = original.DeepClone();
            var path = Damage(json, random);
            try
            {
                SmallTokenizers.Load(json.AsObject()).Encode("the cat é 🚀 123", addSpecialTokens: true);
            }
            catch (Exception e)
            {
                Assert.True(e is TokenizerException, $"{path}: {e}");
            }
        }
    }

    private static JsonNode Original(string shape)
    {
        var json = shape switch
        {
            "llama2" => SmallTokenizers.Llama2(),
            "split" => SmallTokenizers.SplitBpe(CaselessWordScanner.Llama3Pattern, ignoreMerges: true),
            _ => JsonNode.Parse(File.ReadAllText(Path.Combine(TokenizerFixtures.Folder(shape == "t5" ? "t5_unigram" : "bert_wordpiece"), "tokenizer.json")))!,
        };

        // A short vocabulary, so that the damage meets the other parts too.
        if (json["model"]!["vocab"] is JsonArray pieces)
        {
            while (pieces.Count > 20)
            {
                pieces.RemoveAt(20);
            }
        }

        return json;
    }

    /// <summary>Walks down at random, most often past the first level, and replaces what it finds.</summary>
    private static string Damage(JsonNode json, Random random)
    {
        var node = json;
        for (var depth = 0; ; depth++)
        {
            var children = Children(node);
            if (children.Count == 0)
            {
                return "(nothing)";
            }

            var child = children[random.Next(children.Count)];
            if (child is null || Children(child).Count == 0 || (depth > 0 && random.Next(4) == 0))
            {
                return Replace(node, child, children, random);
            }

            node = child;
        }
    }

    private static string Replace(JsonNode parent, JsonNode? child, List<JsonNode?> children, Random random)
    {
        var replacement = Replacements[random.Next(Replacements.Length)];
        var index = children.IndexOf(child);
        if (parent is JsonArray list)
        {
            list[index] = JsonNode.Parse(replacement);
        }
        else
        {
            parent.AsObject()[parent.AsObject().ElementAt(index).Key] = JsonNode.Parse(replacement);
        }

        return $"{parent.GetPath()}[{index}] = {replacement}";
    }

    private static List<JsonNode?> Children(JsonNode? node) => node switch
    {
        JsonArray list => [.. list],
        JsonObject item => [.. item.Select(property => property.Value)],
        _ => [],
    };
}
