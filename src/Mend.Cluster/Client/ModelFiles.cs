using Mend.Models;
using Mend.Models.Chat;
using Mend.Models.Tokenizers;

namespace Mend.Cluster;

/// <summary>What a client must know of a model, and a silo has in its folder: everything but the weights.</summary>
/// <param name="Architecture">The model as its configuration describes it.</param>
/// <param name="Tokenizer">Its tokenizer.</param>
/// <param name="Ends">Tokens that end an answer.</param>
/// <param name="ChatTemplates">Its chat templates.</param>
internal sealed record ModelFiles(ModelArchitecture Architecture, ITokenizer Tokenizer, IReadOnlySet<int> Ends, ChatTemplates ChatTemplates)
{
    private const string MoreTemplates = "additional_chat_templates";
    /// <summary>What a client needs to read a model, and nothing else that lies in a folder.</summary>
    private static readonly string[] Names =
    [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt",
        "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "chat_template.json", "chat_template.jinja",
    ];

    private const long LargestFile = 64 << 20;

    /// <summary>The files by name, those of the folder of further templates with its name before theirs.</summary>
    public static async Task<Dictionary<string, byte[]>> PackAsync(string folder, CancellationToken cancellationToken)
    {
        string templates = Path.Combine(folder, MoreTemplates);
        IEnumerable<string> more = Directory.Exists(templates) ? Directory.EnumerateFiles(templates, "*.jinja") : [];
        Dictionary<string, byte[]> files = [];
        foreach (string file in Names.Select(name => Path.Combine(folder, name)).Where(File.Exists).Concat(more).Where(f => new FileInfo(f).Length < LargestFile))
        {
            files[Path.GetRelativePath(folder, file)] = await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false);
        }

        return files;
    }

    /// <summary>Reads the files, which are put into a folder for as long as that takes.</summary>
    public static ModelFiles Unpack(IReadOnlyDictionary<string, byte[]> files)
    {
        string folder = Directory.CreateTempSubdirectory("mend-model-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, MoreTemplates));
            foreach ((string name, byte[] content) in files)
            {
                string place = Path.GetDirectoryName(name) == MoreTemplates ? Path.Combine(folder, MoreTemplates) : folder;
                File.WriteAllBytes(Path.Combine(place, Path.GetFileName(name)), content);
            }

            ITokenizer tokenizer = TokenizerLoader.Load(folder);
            return new ModelFiles(ModelFamilies.Describe(ConfigReader.Open(folder)), tokenizer, EndTokens.Of(folder, tokenizer), ChatTemplates.Read(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
