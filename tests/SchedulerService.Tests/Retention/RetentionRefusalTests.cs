using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.SchedulerService.Tests.Retention;

/// <summary>Bad arguments to each call of retention: the status, the field at fault, and nothing stored.</summary>
public sealed class RetentionRefusalTests(RetentionLab lab) : IClassFixture<RetentionLab>
{
    private const string Filter = "retention_policy.filter";
    private const string Injected = "projects/lab/retentionPolicies/x'; DROP TABLE scheduling.retention_policy; --";
    private const string Other = "projects/other/retentionPolicies/completed";
    private const string Huge = "0b9f2b4e-5d0c-4d0f-8f7c-6f4f0f6f000";
    private static readonly Duration Week = new() { Seconds = 7 * 86_400 };

    public static TheoryData<Refusal, Action<CreateRetentionPolicyRequest>> Creates =>
        new()
        {
            { Invalid("parent"), create => create.Parent = "" },
            { Invalid("parent"), create => create.Parent = "lab" },
            { Invalid("parent"), create => create.Parent = "projects/lab/branches/main" },
            { Of(StatusCode.PermissionDenied), create => create.Parent = "projects/other" },
            { Of(StatusCode.PermissionDenied), create => create.Parent = "projects/nobody" },
            { Invalid("retention_policy_id"), create => create.RetentionPolicyId = "" },
            { Invalid("retention_policy_id"), create => create.RetentionPolicyId = "Week" },
            { Invalid("retention_policy_id"), create => create.RetentionPolicyId = "x'; --" },
            { Invalid("retention_policy_id"), create => create.RetentionPolicyId = new string('x', 100_000) },
            { Of(StatusCode.AlreadyExists), create => create.RetentionPolicyId = "completed" },
            { Invalid("retention_policy"), create => create.RetentionPolicy = null },
            { Invalid("retention_policy.basis"), create => create.RetentionPolicy.Basis = RetentionBasis.Unspecified },
            { Invalid("retention_policy.basis"), create => create.RetentionPolicy.Basis = (RetentionBasis)7 },
            { Invalid("retention_policy.keep"), create => create.RetentionPolicy.Keep = null },
            { Invalid("retention_policy.keep"), create => create.RetentionPolicy.Keep = new() },
            { Invalid("retention_policy.keep"), create => create.RetentionPolicy.Keep = new() { Seconds = -1 } },
            { Invalid("retention_policy.keep"), create => create.RetentionPolicy.Keep = Longest },
            { Invalid("retention_policy.warn_before"), create => create.RetentionPolicy.WarnBefore = Week },
            { Invalid("retention_policy.warn_before"), create => create.RetentionPolicy.WarnBefore = Longest },
            { Invalid("retention_policy.purge_after"), create => create.RetentionPolicy.PurgeAfter = new() },
            { Invalid("retention_policy.purge_after"), create => create.RetentionPolicy.PurgeAfter = Longest },
            { Invalid("retention_policy.display_name"), create => create.RetentionPolicy.DisplayName = "bell \a" },
            { Invalid(Filter), create => create.RetentionPolicy.Filter = "kind" },
            { Invalid(Filter), create => create.RetentionPolicy.Filter = "kind = ROBOT" },
            { Invalid(Filter), create => create.RetentionPolicy.Filter = "colour = red" },
            { Invalid(Filter), create => create.RetentionPolicy.Filter = "tagged = perhaps" },
            { Invalid(Filter), create => create.RetentionPolicy.Filter = "create_time > yesterday" },
            { Invalid(Filter), create => create.RetentionPolicy.Filter = "1 = 1; DROP TABLE branching.branch" },
            { Invalid(Filter), create => create.RetentionPolicy.Filter = "branch_id = \"main\"" },
            { Invalid(Filter), create => create.RetentionPolicy.Filter = "kind = TRIAL OR kind = MAIN" },
            { Invalid(Filter), create => create.RetentionPolicy.Filter = "protected = true" },
            { Invalid(Filter), create => create.RetentionPolicy.Filter = new string('(', 3_000) },
            { Invalid(Filter), create => create.RetentionPolicy.Filter = new string('x', 1_000_000) },
            // Everything at once: every branch, after an hour.
            { Of(StatusCode.FailedPrecondition), create => create.RetentionPolicy.Keep = new() { Seconds = 3_600 } },
            { Invalid("request_id"), create => create.RequestId = "1" },
        };

    public static TheoryData<Refusal, Action<UpdateRetentionPolicyRequest>> Updates =>
        new()
        {
            { Invalid("retention_policy"), update => update.RetentionPolicy = null },
            { Invalid("retention_policy.name"), update => update.RetentionPolicy.Name = "" },
            { Invalid("retention_policy.name"), update => update.RetentionPolicy.Name = Injected },
            { Of(StatusCode.PermissionDenied), update => update.RetentionPolicy.Name = Other },
            { Of(StatusCode.NotFound), update => update.RetentionPolicy.Name = RetentionLab.PolicyOf("none") },
            { Of(StatusCode.Aborted), update => update.RetentionPolicy.Etag = "\"99\"" },
            { Of(StatusCode.Aborted), update => update.RetentionPolicy.Etag = "'; --" },
            { Invalid("retention_policy.keep"), update => update.RetentionPolicy.Keep = new() },
            // The policy warns a day ahead.
            {
                Invalid("retention_policy.warn_before"),
                update => update.RetentionPolicy.Keep = new() { Seconds = 60 }
            },
            { Invalid("retention_policy.keep"), update => update.UpdateMask = new() { Paths = { "keep" } } },
            { Invalid("update_mask"), update => update.UpdateMask = new() { Paths = { "name" } } },
            { Invalid("update_mask"), update => update.UpdateMask = new() { Paths = { "keep; DROP" } } },
            { Invalid(Filter), update => update.RetentionPolicy.Filter = "kind = MAIN" },
            { Invalid(Filter), update => update.RetentionPolicy.Filter = "nothing = 1" },
            { Invalid("request_id"), update => update.RequestId = Huge },
        };

    public static TheoryData<Refusal, Action<PreviewRetentionRequest>> Previews =>
        new()
        {
            { Invalid("parent"), preview => preview.Parent = "" },
            { Invalid("parent"), preview => preview.Parent = "projects/lab/branches/main" },
            { Of(StatusCode.PermissionDenied), preview => preview.Parent = "projects/other" },
            { Invalid("policies[0]"), preview => preview.Policies.Add("completed") },
            { Invalid("policies[0]"), preview => preview.Policies.Add(Injected) },
            { Invalid("policies"), preview => preview.Policies.Add(Other) },
            { Invalid("policies"), preview => preview.Policies.Add(Enumerable.Repeat(Other, 101)) },
            { Of(StatusCode.NotFound), preview => preview.Policies.Add(RetentionLab.PolicyOf("none")) },
            { Invalid("instant"), preview => preview.Instant = new() { Seconds = long.MaxValue } },
            { Invalid("instant"), preview => preview.Instant = new() { Nanos = -1 } },
            { Invalid("page_size"), preview => preview.PageSize = -1 },
            { Invalid("page_token"), preview => preview.PageToken = "AAAA" },
        };

    private static Duration Longest => new() { Seconds = long.MaxValue, Nanos = 999_999_999 };

    [Theory]
    [MemberData(nameof(Creates))]
    [BadInputOf("CreateRetentionPolicy")]
    public async Task A_policy_that_cannot_be_is_not_made(Refusal expected, Action<CreateRetentionPolicyRequest> spoil)
    {
        var request = new CreateRetentionPolicyRequest
        {
            Parent = RetentionLab.Parent,
            RetentionPolicyId = "spoiled",
            RetentionPolicy = new() { Basis = RetentionBasis.CreateTime, Keep = Week },
        };
        spoil(request);
        await AssertAsync(expected, () => lab.Policies.CreateRetentionPolicyAsync(request, lab.Admin));
    }

    [Theory]
    [MemberData(nameof(Updates))]
    [BadInputOf("UpdateRetentionPolicy")]
    public async Task A_change_that_cannot_be_is_not_done(Refusal expected, Action<UpdateRetentionPolicyRequest> spoil)
    {
        var request = new UpdateRetentionPolicyRequest
        {
            RetentionPolicy = new() { Name = RetentionLab.PolicyOf("completed") },
        };
        spoil(request);
        await AssertAsync(expected, () => lab.Policies.UpdateRetentionPolicyAsync(request, lab.Admin));
    }

    [Theory]
    [MemberData(nameof(Previews))]
    [BadInputOf("PreviewRetention")]
    public async Task A_preview_of_what_is_not_there_is_refused(Refusal expected, Action<PreviewRetentionRequest> spoil)
    {
        var request = new PreviewRetentionRequest { Parent = RetentionLab.Parent };
        spoil(request);
        await AssertAsync(expected, () => lab.Policies.PreviewRetentionAsync(request, lab.Member));
    }

    [Theory]
    [InlineData("", StatusCode.InvalidArgument, "name")]
    [InlineData(Injected, StatusCode.InvalidArgument, "name")]
    [InlineData(Other, StatusCode.PermissionDenied, "")]
    [InlineData("projects/lab/retentionPolicies/none", StatusCode.NotFound, "")]
    [BadInputOf("GetRetentionPolicy", "DeleteRetentionPolicy")]
    public async Task A_policy_that_is_not_there_is_not_found(string name, StatusCode status, string field)
    {
        var expected = new Refusal(status, field, null);
        await AssertAsync(expected, () => lab.Policies.GetRetentionPolicyAsync(new() { Name = name }, lab.Admin));
        await AssertAsync(expected, () => lab.Policies.DeleteRetentionPolicyAsync(new() { Name = name }, lab.Admin));
    }

    [Theory]
    [InlineData("", 0, "", "parent")]
    [InlineData("projects/lab/branches/main", 0, "", "parent")]
    [InlineData("projects/lab", -1, "", "page_size")]
    [InlineData("projects/lab", 0, "AAAA", "page_token")]
    [BadInputOf("ListRetentionPolicies")]
    public Task A_bad_page_of_policies_is_refused(string parent, int size, string token, string field)
    {
        var request = new ListRetentionPoliciesRequest
        {
            Parent = parent,
            PageSize = size,
            PageToken = token,
        };
        return AssertAsync(Invalid(field), () => lab.Policies.ListRetentionPoliciesAsync(request, lab.Member));
    }

    [Fact]
    public async Task Whoever_does_not_administrate_the_project_changes_no_policy()
    {
        var denied = Of(StatusCode.PermissionDenied);
        var name = RetentionLab.PolicyOf("completed");
        var policy = new RetentionPolicy
        {
            Name = name,
            Keep = Week,
            Basis = RetentionBasis.CreateTime,
        };
        var create = new CreateRetentionPolicyRequest
        {
            Parent = RetentionLab.Parent,
            RetentionPolicyId = "x",
            RetentionPolicy = policy,
        };
        await AssertAsync(denied, () => lab.Policies.CreateRetentionPolicyAsync(create, lab.Member));
        await AssertAsync(
            denied,
            () => lab.Policies.UpdateRetentionPolicyAsync(new() { RetentionPolicy = policy }, lab.Member)
        );
        await AssertAsync(denied, () => lab.Policies.DeleteRetentionPolicyAsync(new() { Name = name }, lab.Member));
        await AssertAsync(
            Of(StatusCode.Unauthenticated),
            () => lab.Policies.GetRetentionPolicyAsync(new() { Name = name })
        );
    }

    [Fact]
    public async Task A_policy_that_would_take_every_branch_in_the_next_run_is_refused_unless_it_warns_or_is_disabled()
    {
        await using var crowd = new RetentionLab();
        await crowd.InitializeAsync();
        foreach (var id in new[] { "a", "b", "c" })
            await crowd.CreateAsync(id);
        await crowd.PassAsync(TimeSpan.FromDays(6.5));
        Action<RetentionPolicy> active = policy => policy.Filter = "state = ACTIVE";
        var refused = await Assert.ThrowsAsync<RpcException>(() =>
            crowd.AddPolicyAsync("week", TimeSpan.FromDays(7), active)
        );
        var known = ErrorStatus.FromRpcException(refused)!;
        Assert.Equal(ErrorReason.RetentionTooBroad, known.Reason);
        Assert.Contains("would delete all 3 branches", known.Message, StringComparison.Ordinal);

        await crowd.AddPolicyAsync(
            "warned",
            TimeSpan.FromDays(7),
            active + (policy => policy.WarnBefore = new() { Seconds = 86_400 })
        );
        var disabled = await crowd.AddPolicyAsync(
            "disabled",
            TimeSpan.FromDays(8),
            active + (policy => policy.Disabled = true)
        );
        // It is looked at again when it is to apply: the branches are a day older than the policy allows.
        await crowd.PassAsync(TimeSpan.FromDays(1));
        var enable = new UpdateRetentionPolicyRequest
        {
            RetentionPolicy = new() { Name = disabled.Name },
            UpdateMask = new() { Paths = { "disabled" } },
        };
        var again = await Assert.ThrowsAsync<RpcException>(async () =>
            await crowd.Policies.UpdateRetentionPolicyAsync(enable, crowd.Admin)
        );
        Assert.Equal(ErrorReason.RetentionTooBroad, ErrorStatus.FromRpcException(again)!.Reason);
        // One branch that stays is enough.
        await crowd.CreateAsync("d");
        await crowd.Policies.UpdateRetentionPolicyAsync(enable, crowd.Admin);
    }

    private async Task AssertAsync<T>(Refusal expected, Func<AsyncUnaryCall<T>> call) =>
        Assert.Equal(expected, await Refusal.OfAsync(async () => await call(), CountAsync));

    private async Task<string> CountAsync() =>
        (string)
            (
                await lab.AskAsync(
                    """
                    SELECT concat_ws(' ',
                        (SELECT count(*) FROM scheduling.retention_policy
                            WHERE name NOT IN ('completed', 'failed', 'tagged')),
                        (SELECT sum(revision) FROM scheduling.retention_policy WHERE revision > 1),
                        (SELECT count(*) FROM branching.request), (SELECT count(*) FROM branching.audit_entry))
                    """
                )
            )!;
}
