namespace Mend.Sharding.Tests.Coordination;

public sealed class EditQueueTests
{
    private readonly EditQueue _queue = new(mostEdits: 3);

    [Fact]
    public void Add_WhileSomebodyWorks_StartsNobody()
    {
        Assert.True(_queue.Add(Call("a")));
        Assert.False(_queue.Add(Call("b")));
        Assert.Equal(["a", "b"], Take());
        Assert.False(_queue.Add(Call("c")));
        Assert.Equal(["c"], Take());
        Assert.Empty(Take());
        Assert.True(_queue.Add(Call("d")));
    }

    [Fact]
    public void Take_MoreThanFit_LeavesTheRestInOrder()
    {
        Add(Call("a", "b"), Call("c", "d"), Call("e"), Call("1", "2", "3", "4"), Call("f"));

        Assert.Equal(["a", "b"], Take());
        Assert.Equal(["c", "d", "e"], Take());
        Assert.Equal(["1", "2", "3", "4"], Take());
        Assert.Equal(["f"], Take());
    }

    [Fact]
    public void Take_KeysThatCollide_ComeOneAfterTheOther()
    {
        Add(Call("a:k"), Call("b:l"), Call("c:k"), Call("d"));

        Assert.Equal(["a:k", "b:l"], Take());
        Assert.Equal(["c:k", "d"], Take());
    }

    [Fact]
    public void Take_CallThatGaveUp_IsPassedOver()
    {
        EditCall given = Call("b");
        Add(Call("a"), given, Call("c"), Call("d"));
        Assert.True(given.TryLeaveQueue());

        Assert.Equal(["a", "c", "d"], Take());
        Assert.False(given.TryLeaveQueue());
    }

    private void Add(params EditCall[] calls) => calls.ToList().ForEach(c => _queue.Add(c));

    private IEnumerable<string> Take() => _queue.Take().SelectMany(c => c.Requests).Select(r => r.Prompt);

    /// <summary>A call whose edits have the key after the colon.</summary>
    private static EditCall Call(params string[] prompts) => new(
        [.. prompts.Select(p => new EditRequest(p, "target", p.Split(':') is [_, string key] ? key : null))],
        TaskCreationOptions.None, DateTimeOffset.UnixEpoch, default);
}
