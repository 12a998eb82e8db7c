using Mend.Editing;
using Mend.Models;
using Mend.Sharding;
using Mend.Tensors;

namespace Mend.Cli;

/// <summary>A base model with its shards, without ledger and editor: what training, evaluation and verification need.</summary>
internal sealed class BaseModel : IDisposable
{
    private BaseModel(ModelFolder folder, IEngine engine, ShardChain chain)
    {
        Folder = folder;
        Engine = engine;
        Chain = chain;
    }

    public ModelFolder Folder { get; }

    public IEngine Engine { get; }

    public ShardChain Chain { get; }

    public ModelArchitecture Architecture => Folder.Architecture;

    /// <summary>Encodes examples; reads the tokenizer.</summary>
    public ExampleEncoder Encoder() => new(Folder.Architecture, Folder.Tokenizer);

    /// <summary>Opens a model folder.</summary>
    public static BaseModel Open(string path, int shards, EngineChoice choice, CliOutput output, CancellationToken cancellationToken)
    {
        ModelFolder folder = ModelFolder.Open(path);
        IEngine? engine = null;
        try
        {
            foreach (string note in folder.Architecture.Notes)
            {
                output.Warn(note);
            }

            engine = choice.Create();
            ShardPlan plan = ShardPlan.Balanced(folder.Architecture, shards);
            return new BaseModel(folder, engine, ShardChain.Load(folder.Architecture, plan, folder.Checkpoint, engine, cancellationToken: cancellationToken));
        }
        catch
        {
            engine?.Dispose();
            folder.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Chain.Dispose();
        Engine.Dispose();
        Folder.Dispose();
    }
}
