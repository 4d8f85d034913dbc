using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage;
using Dendrite.Storage.Retention;
using Dendrite.V1;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Retention;

/// <summary>Says what the policies would do, without doing it.</summary>
internal sealed class RetentionPreview(
    RetentionPolicyStore policies,
    RetentionScan scan,
    FreeableSpace space,
    IOptions<SchedulerOptions> options,
    TimeProvider time
)
{
    /// <summary>The present moment, for the rule.</summary>
    public RetentionMoment Now => new(time.GetUtcNow(), options.Value.QuietTime);

    /// <exception cref="DendriteException">INVALID_ARGUMENT, MALFORMED_NAME, INVALID_PAGE_TOKEN.</exception>
    public Asked Read(PreviewRetentionRequest request)
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        if (request.Policies.Count > RetentionPolicyStore.MaxPolicies)
        {
            throw DendriteException.Invalid(
                "policies",
                $"has {request.Policies.Count}; at most {RetentionPolicyStore.MaxPolicies} are allowed"
            );
        }

        var names = request.Policies.Select((name, i) => RetentionPolicyName.Parse(name, $"policies[{i}]")).ToList();
        if (names.Exists(name => name.Project != parent.Project))
            throw DendriteException.Invalid("policies", $"names one of another project than '{parent.Project}'");
        string[] same =
        [
            nameof(RetentionService.RetentionServiceBase.PreviewRetention),
            request.Parent,
            .. request.Policies,
            request.Instant?.ToString() ?? "",
        ];
        var now = Now;
        var instant = request.Instant is { } asked ? Timestamps.Read(asked, "instant") : now.Instant;
        return new(parent, names.Select(name => name.RetentionPolicy).ToHashSet(StringComparer.Ordinal))
        {
            Moment = now with { Instant = instant, WarnsFrom = instant < now.Instant ? instant : now.Instant },
            Size = PageSize.Resolve(request.PageSize),
            AfterId = PageToken.Decode(request.PageToken, same) ?? "",
            Same = same,
        };
    }

    /// <exception cref="DendriteException">RETENTION_POLICY_NOT_FOUND.</exception>
    public async Task<PreviewRetentionResponse> LookAsync(
        Asked asked,
        ProjectId project,
        CancellationToken cancellationToken
    )
    {
        var all = await policies.ListAsync(project, "", RetentionPolicyStore.MaxPolicies * 2, cancellationToken);
        if (asked.Policies.FirstOrDefault(name => all.All(policy => policy.Name != name)) is { } missing)
            throw RetentionPolicyStore.NoSuchPolicy(missing);
        var question = new RetentionQuestion(
            asked.Project,
            project,
            [.. all.Where(policy => !policy.IsDisabled || asked.Policies.Contains(policy.Name))],
            asked.Moment
        )
        {
            AfterId = asked.AfterId,
        };
        var response = new PreviewRetentionResponse();
        await foreach (var judged in scan.JudgeAsync(question, cancellationToken))
        {
            if (!IsAskedFor(asked, judged))
                continue;
            if (response.Decisions.Count == asked.Size)
            {
                var last = BranchName.Parse(response.Decisions[^1].Branch).Branch;
                response.NextPageToken = PageToken.Encode(last, asked.Same);
                break;
            }

            response.Decisions.Add(RetentionMapper.ToContract(judged, asked.Project.Project));
        }

        await space.MeasureAsync(response.Decisions, cancellationToken);
        return response;
    }

    private static bool IsAskedFor(Asked asked, JudgedBranch judged) =>
        asked.Policies.Count == 0
            ? judged.Verdict.Cause is not RetentionCause.Unmatched
            : judged.Policies.Any(terms => asked.Policies.Contains(terms.Policy));

    /// <summary>A request, read.</summary>
    /// <param name="Policies">Ids of those that were named; empty: all.</param>
    internal sealed record Asked(ProjectName Project, IReadOnlySet<string> Policies)
    {
        public required RetentionMoment Moment { get; init; }

        public required int Size { get; init; }

        /// <summary>The last branch of the page before; empty for the first page.</summary>
        public required string AfterId { get; init; }

        /// <summary>What must stay from page to page.</summary>
        public required string[] Same { get; init; }
    }
}
