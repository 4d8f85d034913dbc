using Dendrite.Access;
using Dendrite.BranchService.Assertions;
using Dendrite.BranchService.Branches;
using Dendrite.BranchService.History;
using Dendrite.BranchService.Merging;
using Dendrite.BranchService.Naming;
using Dendrite.BranchService.Projects;
using Dendrite.BranchService.Tags;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Commits;
using Dendrite.Storage.History;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Records;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Tags;

namespace Dendrite.BranchService;

/// <summary>What the service is made of: <c>Program</c> adds connections and access to it, tests their own.</summary>
public static class BranchHost
{
    public static void AddBranches(this WebApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<BranchOptions>()
            .Bind(builder.Configuration.GetSection(BranchOptions.Section))
            .Validate(options => options.UndeleteWindow > TimeSpan.Zero, "Branches:UndeleteWindow must be positive.")
            .Validate(options => options.MaxMergeRecords > 0, "Branches:MaxMergeRecords must be positive.")
            .Validate(options => options.MaxMergeDocumentBytes > 0, "Branches:MaxMergeDocumentBytes must be positive.")
            .ValidateOnStart();
        builder.Services.AddSingleton<PlatformDatabase>();
        builder.Services.AddSingleton<ProjectStore>();
        builder.Services.AddSingleton<BranchStore>();
        builder.Services.AddSingleton<BranchWriter>();
        builder.Services.AddSingleton<BranchForker>();
        builder.Services.AddSingleton<BranchLifecycle>();
        builder.Services.AddSingleton<BranchNaming>();
        builder.Services.AddSingleton<BranchGraphStore>();
        builder.Services.AddSingleton<HistoryStore>();
        builder.Services.AddSingleton<LedgerStore>();
        builder.Services.AddSingleton<DatasetStore>();
        builder.Services.AddSingleton<RecordHistory>();
        builder.Services.AddSingleton<RecordVersions>();
        builder.Services.AddSingleton<DataVerifier>();
        builder.Services.AddSingleton<BranchNames>();
        builder.Services.AddSingleton<BranchResetter>();
        builder.Services.AddSingleton<BranchUsageStore>();
        builder.Services.AddHotMetadata();
        builder.Services.AddSingleton<TagStore>();
        builder.Services.AddSingleton<TagWriter>();
        builder.Services.AddSingleton<CommitStore>();
        builder.Services.AddSingleton<IdempotencyStore>();
        builder.Services.AddSingleton<ReachedProjects>();
        builder.AddAssertions();
        builder.AddMerging();
        builder.Services.AddSingleton<BranchSettings>();
    }

    public static void MapBranches(this WebApplication app)
    {
        app.MapGrpcService<ProjectRpc>();
        app.MapGrpcService<BranchRpc>();
        app.MapGrpcService<HistoryRpc>();
        app.MapGrpcService<TagRpc>();
        app.MapGrpcService<MergeRpc>();
        app.MapGrpcService<AssertionRpc>();
    }
}
