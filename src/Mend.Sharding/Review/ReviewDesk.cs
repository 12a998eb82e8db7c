namespace Mend.Sharding;

/// <summary>
/// What people say of a model's edits before and after they are made: proposals, the version on trial, evaluations. All of it is in the notes beside the
/// model's versions: it survives a restart, and is the same for everybody who has the model. Safe to use from several threads.
/// </summary>
public sealed class ReviewDesk : IDisposable
{
    private readonly ReviewBook _book;

    /// <summary>Reads a model's notes as what they say.</summary>
    /// <param name="model">The model; not disposed with this.</param>
    /// <param name="time">The clock.</param>
    public ReviewDesk(IEditableModel model, TimeProvider time)
    {
        _book = new ReviewBook(model);
        Canary = new Canary(model, time, _book);
        Proposals = new Proposals(model, time, _book, Canary);
        Evaluations = new Evaluations(model, time, _book);
    }

    /// <summary>Edits that wait for somebody's approval.</summary>
    public Proposals Proposals { get; }

    /// <summary>The version that is tried on a share of requests.</summary>
    public Canary Canary { get; }

    /// <summary>How well versions hold their edits.</summary>
    public Evaluations Evaluations { get; }

    /// <summary>Lets go of what was read.</summary>
    public void Dispose() => _book.Dispose();
}
