using System.Security.Cryptography;
using System.Text;
using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Tests;

/// <summary>A project of one test, with the stores as the Branch service has them.</summary>
internal sealed class Lab
{
    private readonly Random random;

    private Lab(NpgsqlDataSource dataSource, int seed)
    {
        random = new(seed);
        Database = new(dataSource);
        Projects = new(Database);
        Branches = new(Database);
        Requests = new(Database);
        Snapshots = new(Database);
        Commits = new(Database);
        Writer = new(Database, Branches, Requests);
        Forker = new(Database, Snapshots, Writer);
    }

    public PlatformDatabase Database { get; }

    public ProjectStore Projects { get; }

    public BranchStore Branches { get; }

    public IdempotencyStore Requests { get; }

    public SnapshotReader Snapshots { get; }

    public CommitStore Commits { get; }

    public BranchWriter Writer { get; }

    public BranchForker Forker { get; }

    public ProjectId Project { get; private set; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A new project of that name.</summary>
    public static async Task<Lab> CreateAsync(TestDatabase database, string name)
    {
        var seed = BitConverter.ToInt32(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        var lab = new Lab(database.Branch, seed);
        var project = new NewProject(name, lab.NewUid(), lab.NewUid());
        lab.Project = await lab.Projects.CreateAsync(project, "tests", Token);
        return lab;
    }

    public Guid NewUid()
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new(bytes);
    }

    public static Mutation Mutation(Guid? requestId = null, string request = "") =>
        new("tests", "Test", "projects/test")
        {
            RequestId = requestId,
            RequestDigest = SHA256.HashData(Encoding.UTF8.GetBytes(request)),
        };

    public Task<BranchRecord> ForkAsync(string name, string parent = "main", SnapshotPoint? point = null) =>
        ForkAsync(name, parent, point, Mutation());

    public Task<BranchRecord> ForkAsync(string name, string parent, SnapshotPoint? point, Mutation mutation) =>
        Forker.CreateAsync(Project, New(name, parent, point), mutation, Token);

    public NewBranch New(string name, string parent = "main", SnapshotPoint? point = null) =>
        new(name, NewUid(), parent, point ?? SnapshotPoint.Head) { Owner = "tests" };

    /// <summary>Commits to a branch; into main by a merge, the only kind that it takes.</summary>
    public async Task<CommitReceipt> CommitAsync(BranchRecord branch, string message = "")
    {
        await using var batch = Database.CreateBatch(Project);
        batch.Add(CommitDoor.CreateCommand(Commit(branch, message)));
        return await batch.ReadAsync(CommitDoor.ReadReceiptAsync, Token);
    }

    public static CommitRequest Commit(BranchRecord branch, string message = "") =>
        new(
            branch.Timeline,
            branch.Protected ? CommitKind.Merge : CommitKind.Append,
            "tests",
            message,
            SHA256.HashData(Encoding.UTF8.GetBytes(message))
        );

    public async Task<Snapshot> SeeAsync(string branch, SnapshotPoint? point = null) =>
        (await Snapshots.ReadAsync(Project, branch, point ?? SnapshotPoint.Head, Token)).Snapshot;
}
