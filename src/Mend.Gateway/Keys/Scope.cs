namespace Mend.Gateway;

/// <summary>What a key allows.</summary>
public enum Scope
{
    /// <summary>Reading the model, its versions and what became of edits.</summary>
    Read,

    /// <summary>Edits, previews and reverts; and reading.</summary>
    Edit,

    /// <summary>Everything: edits in spite of the guard too.</summary>
    Admin,
}
