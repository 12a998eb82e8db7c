using Mend.Ledger;
using Microsoft.Extensions.Time.Testing;

namespace Mend.Sharding.Tests.Review;

public sealed class ProposalsTests : IDisposable
{
    private readonly EditableFolder _folder = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Proposals_OfALedger_AreThereAfterARestart()
    {
        string ledger = _folder.NewName();
        await using (EmbeddedModel model = await _folder.OpenAsync(ledger))
        {
            using ReviewDesk proposalsDesk = new(model, _time);
            Proposals proposals = proposalsDesk.Proposals;
            await proposals.ProposeAsync(Offer(0) with { Origin = EditOrigin.Of("ada", null, null) });
            await proposals.ProposeAsync(Offer(1));
            await proposals.DeclineAsync(2, new ProposalDecider("grace", "no"));
        }

        await using EmbeddedModel opened = await _folder.OpenAsync(ledger);
        using ReviewDesk againDesk = new(opened, _time);
        Proposals again = againDesk.Proposals;
        IReadOnlyList<Proposal> all = await again.ListAsync();
        Proposal done = await again.ApproveAsync(1, new ProposalDecider("grace"));

        Assert.Equal([(2, ProposalState.Declined), (1, ProposalState.Open)], all.Select(p => (p.Id, p.State)));
        Assert.Equal(("no", "ada", _time.GetUtcNow()), (all[0].Decisions.Single().Reason, all[1].Origin?.Author, all[1].ProposedAt));
        Assert.Equal((ProposalState.Committed, 1L), (done.State, done.Version));
        Assert.Equal("grace", (await opened.LogAsync()).Single().Edits.Single().Origin?.Approver);
    }

    [Fact]
    public async Task Get_CommittedWhileNobodyWroteItDown_IsCommitted()
    {
        await using EmbeddedModel model = await _folder.OpenAsync();
        using ReviewDesk proposalsDesk = new(new NotesThatFail(model, after: 2), _time);
        Proposals proposals = proposalsDesk.Proposals;
        await proposals.ProposeAsync(Offer(0));

        await Assert.ThrowsAsync<RetryableException>(() => proposals.ApproveAsync(1, new ProposalDecider("grace")));
        using ReviewDesk otherDesk = new(model, _time);
        Proposals other = otherDesk.Proposals;
        Proposal found = await other.GetAsync(1);

        Assert.Equal((ProposalState.Committed, 1L), (found.State, found.Version));
        Assert.Equal(1, (await other.ApproveAsync(1, new ProposalDecider("ada"))).Version);
        Assert.Single(await model.LogAsync());
    }

    [Fact]
    public async Task Read_ANoteOfANewerRelease_IsPassedOver()
    {
        await using EmbeddedModel model = await _folder.OpenAsync();
        await model.AddNoteAsync(1, "{\"kind\":\"unheard of\",\"at\":\"2026-01-01T00:00:00+00:00\",\"field\":1}"u8.ToArray());
        using ReviewDesk proposalsDesk = new(model, _time);
        Proposals proposals = proposalsDesk.Proposals;

        Proposal made = await proposals.ProposeAsync(Offer(0));

        Assert.Equal((1, 2), (made.Id, (await model.NotesAsync(0)).Count));
    }

    [Fact]
    public async Task Read_ADamagedNote_SaysWhich()
    {
        await using EmbeddedModel model = await _folder.OpenAsync();
        await model.AddNoteAsync(1, "{"u8.ToArray());
        using ReviewDesk proposalsDesk = new(model, _time);
        Proposals proposals = proposalsDesk.Proposals;

        LedgerDamagedException error = await Assert.ThrowsAsync<LedgerDamagedException>(() => proposals.ListAsync());

        Assert.Contains("Note 1 of the ledger", error.Message, StringComparison.Ordinal);
    }

    private static ProposalOffer Offer(int edit) => new()
    {
        Requests = [EditableFolder.Edits[edit]],
        Questions = [new PreviewQuestion("edit", EditableFolder.Edits[edit].Prompt, new ProbePrompt(EditableFolder.Edits[edit].Prompt, EditableFolder.Edits[edit].Prompt, EditableFolder.Edits[edit].Target))],
    };
}
