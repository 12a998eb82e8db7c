namespace Mend.Gateway;

/// <summary>What a key allows. All but <see cref="Admin"/> are of their own, or include <see cref="Read"/> and, as said, <see cref="Propose"/>.</summary>
public enum Scope
{
    /// <summary>Reading the model, its versions and what became of edits.</summary>
    Read,

    /// <summary>Previews and proposals of edits, which somebody else decides on; and reading.</summary>
    Propose,

    /// <summary>Edits and reverts without asking anybody; and proposing.</summary>
    Edit,

    /// <summary>Deciding on proposals of others; and proposing. Not edits of one's own.</summary>
    Approve,

    /// <summary>Everything: edits in spite of the guard, and approving what is one's own, too.</summary>
    Admin,
}

/// <summary>Which scope includes which.</summary>
internal static class Scopes
{
    /// <summary>All of them, for messages.</summary>
    public static readonly string All = string.Join(", ", Enum.GetNames<Scope>()).ToLowerInvariant();

    /// <summary>Whether a key with one scope may do what needs another.</summary>
    public static bool Includes(this Scope scope, Scope needed) =>
        scope == needed || scope == Scope.Admin || needed == Scope.Read || (needed == Scope.Propose && scope is Scope.Edit or Scope.Approve);
}
