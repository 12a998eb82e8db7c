namespace Mend.Models;

/// <summary>A family of models that share a configuration format and a computation, such as GPT-2. One file each.</summary>
public interface IModelFamily
{
    /// <summary>The values of model_type that it answers for.</summary>
    IReadOnlyList<string> ModelTypes { get; }

    /// <summary>Reads every option of a configuration that matters and lays out the chain.</summary>
    /// <param name="config">The configuration.</param>
    /// <exception cref="ModelException">An option is missing, malformed or unsupported.</exception>
    ModelArchitecture Describe(ConfigReader config);
}
