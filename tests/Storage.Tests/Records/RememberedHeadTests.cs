using Dendrite.Errors;
using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;

namespace Dendrite.Storage.Tests.Records;

/// <summary>
/// A head is remembered by one replica while others commit, rename, reset and delete: here by the lab, which the
/// remembering one knows nothing of.
/// </summary>
public sealed class RememberedHeadTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_stands_where_it_stood_is_read_through_the_head_that_was_seen_last()
    {
        var (lab, heads) = await BeginAsync("stands", "trial");
        var looks = new List<bool>();

        Assert.Equal(Json("1"), await ReadAsync(lab, heads, "trial", looks));
        Assert.Equal(Json("1"), await ReadAsync(lab, heads, "trial", looks));

        Assert.Equal([false, true], looks);
    }

    [Fact]
    public async Task What_others_committed_is_seen_by_the_next_read_and_the_head_is_asked_for_once()
    {
        var (lab, heads) = await BeginAsync("moves", "trial");
        await ReadAsync(lab, heads, "trial", []);
        await lab.CommitAsync("trial", lab.Put("place", "2"));
        var looks = new List<bool>();

        Assert.Equal(Json("2"), await ReadAsync(lab, heads, "trial", looks));
        Assert.Equal(Json("2"), await ReadAsync(lab, heads, "trial", looks));

        Assert.Equal([true, false, true], looks);
    }

    [Fact]
    public async Task After_a_commit_of_ones_own_the_head_is_known()
    {
        var (lab, heads) = await BeginAsync("own", "trial");

        await WriteAsync(lab, heads, "trial", "2");

        var looks = new List<bool>();
        Assert.Equal(Json("2"), await ReadAsync(lab, heads, "trial", looks));
        Assert.Equal([true], looks);
        await WriteAsync(lab, heads, "trial", "3");
        Assert.Equal(Json("3"), await lab.FindAsync(await lab.ViewAsync("trial"), "place"));
    }

    [Fact]
    public async Task A_commit_to_a_head_that_others_moved_does_nothing()
    {
        var (lab, heads) = await BeginAsync("raced", "trial");
        await ReadAsync(lab, heads, "trial", []);
        await lab.CommitAsync("trial", lab.Put("place", "2"), lab.Put("other", "of another"));

        await WriteAsync(lab, heads, "trial", "3");

        var view = await lab.ViewAsync("trial");
        Assert.Equal(Json("3"), await lab.FindAsync(view, "place"));
        Assert.Equal(Json("of another"), await lab.FindAsync(view, "other"));
    }

    [Fact]
    public async Task A_name_that_another_branch_took_leads_to_that_one_for_reads_and_commits()
    {
        var (lab, heads) = await BeginAsync("renamed", "trial");
        await ReadAsync(lab, heads, "trial", []);
        await lab.Lab.ForkAsync("second");
        await lab.CommitAsync("second", lab.Put("place", "of the second"));
        await RenameAsync(lab, "trial", "first");
        await RenameAsync(lab, "second", "trial");

        Assert.Equal(Json("of the second"), await ReadAsync(lab, heads, "trial", []));
        await RenameAsync(lab, "trial", "second");
        await RenameAsync(lab, "first", "trial");
        await WriteAsync(lab, heads, "trial", "of the first");

        Assert.Equal(Json("of the first"), await lab.FindAsync(await lab.ViewAsync("trial"), "place"));
        Assert.Equal(Json("of the second"), await lab.FindAsync(await lab.ViewAsync("second"), "place"));
    }

    [Fact]
    public async Task A_branch_that_was_reset_is_read_and_written_where_it_is_now()
    {
        var (lab, heads) = await BeginAsync("reset", "trial");
        var before = await lab.HeadAsync("trial");
        await lab.CommitAsync("trial", lab.Put("place", "2"));
        await ReadAsync(lab, heads, "trial", []);
        await new BranchResetter(
            lab.Lab.Database,
            lab.Lab.Snapshots,
            lab.Lab.Branches,
            lab.Lab.Writer,
            lab.Lab.Requests
        ).ResetAsync(lab.Lab.Project, new("trial"), SnapshotPoint.At(before.Version), Lab.Mutation(), Token);

        Assert.Equal(Json("1"), await ReadAsync(lab, heads, "trial", []));
        await WriteAsync(lab, heads, "trial", "3");

        Assert.Equal(Json("3"), await lab.FindAsync(await lab.ViewAsync("trial"), "place"));
    }

    [Fact]
    public async Task A_deleted_branch_is_not_found_until_it_is_undeleted()
    {
        var (lab, heads) = await BeginAsync("deleted", "trial");
        await ReadAsync(lab, heads, "trial", []);
        await lab.Lab.Writer.DeleteAsync(lab.Lab.Project, new("trial"), TimeSpan.FromDays(1), Lab.Mutation(), Token);

        var refusal = await Assert.ThrowsAsync<DendriteException>(() => ReadAsync(lab, heads, "trial", []));
        await lab.Lab.Writer.UndeleteAsync(lab.Lab.Project, new("trial"), Lab.Mutation(), Token);

        Assert.Equal(ErrorReason.BranchNotFound, refusal.Reason);
        Assert.Equal(Json("1"), await ReadAsync(lab, heads, "trial", []));
    }

    private static string Json(string value) => $$"""{"1": "{{value}}"}""";

    private async Task<(RecordLab Lab, RememberedHeads Heads)> BeginAsync(string project, string branch)
    {
        var lab = await RecordLab.CreateAsync(database, project);
        await lab.Lab.ForkAsync(branch);
        await lab.CommitAsync(branch, lab.Put("place", "1"));
        return (lab, new RememberedHeads(lab.Lab.Snapshots));
    }

    /// <summary>Reads the record at the head; notes of each try whether it went through a remembered one.</summary>
    private static Task<string?> ReadAsync(RecordLab lab, RememberedHeads heads, string branch, List<bool> looks) =>
        heads.AtHeadAsync(
            lab.Lab.Project,
            branch,
            head =>
            {
                looks.Add(head.IsRemembered);
                return lab.FindAsync(RecordView.Of(lab.Lab.Project, head), "place");
            },
            Token
        );

    private static Task WriteAsync(RecordLab lab, RememberedHeads heads, string branch, string value) =>
        heads.AtHeadAsync(
            lab.Lab.Project,
            branch,
            async head =>
            {
                var commit = new RecordCommit("tests", "") { Records = [lab.Put("place", value)] };
                var receipt =
                    await lab.Writer.TryCommitAsync(lab.Lab.Project, head, commit, Token)
                    ?? throw new HeadMovedException();
                heads.Committed(lab.Lab.Project, branch, head, receipt);
                return receipt;
            },
            Token
        );

    private static Task<BranchRecord> RenameAsync(RecordLab lab, string from, string to) =>
        new BranchLifecycle(lab.Lab.Writer, lab.Lab.Branches, new(lab.Lab.Database)).RenameAsync(
            lab.Lab.Project,
            new(from),
            to,
            Lab.Mutation(),
            Token
        );
}
