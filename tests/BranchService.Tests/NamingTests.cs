using Dendrite.Errors;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests;

/// <summary>Branches are named by their project's templates. Each test has a project of its own.</summary>
public sealed class NamingTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private static readonly string Today = TimeProvider.System.GetUtcNow().ToString("yyyyMMdd");

    [Fact]
    public async Task Names_are_made_from_the_template_with_the_lowest_free_number()
    {
        var project = await ProjectAsync("counted", ("experiment", "experiment-{date}-{purpose}-v{n}"));

        Assert.Equal($"experiment-{Today}-sleep-v1", await GenerateAsync(project, "sleep"));
        Assert.Equal($"experiment-{Today}-sleep-v1", await MakeAsync(project, "sleep"));
        Assert.Equal($"experiment-{Today}-sleep-v2", await MakeAsync(project, "sleep"));
        Assert.Equal($"experiment-{Today}-sleep-v3", await MakeAsync(project, "sleep"));
        Assert.Equal($"experiment-{Today}-wake-v1", await MakeAsync(project, "wake"));

        await fixture.Branches.RenameBranchAsync(
            new()
            {
                Name = $"{project}/branches/experiment-{Today}-sleep-v2",
                NewBranchId = $"experiment-{Today}-sleep-v22",
            },
            fixture.Everywhere
        );
        Assert.Equal($"experiment-{Today}-sleep-v2", await MakeAsync(project, "sleep"));
        Assert.Equal($"experiment-{Today}-sleep-v4", await MakeAsync(project, "sleep"));
    }

    [Fact]
    public async Task Fifty_clients_at_once_get_fifty_names()
    {
        var project = await ProjectAsync("crowded", ("experiment", "run-{n}-{purpose}"));

        var names = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => MakeAsync(project, "sleep")));

        Assert.Equal(
            Enumerable.Range(1, 50).Select(n => $"run-{n}-sleep"),
            names.OrderBy(name => name.Length).ThenBy(name => name, StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task A_repeated_creation_is_answered_with_the_same_name()
    {
        var project = await ProjectAsync("repeating", ("experiment", "run-{purpose}-{n}"));
        var request = Creation(project, "sleep");
        request.RequestId = "99999999-2222-4333-8444-555555555555";

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async _ => (await fixture.Branches.CreateBranchAsync(request, fixture.Everywhere)).Branch)
        );

        Assert.Single(answers.Distinct());
        Assert.Equal("run-sleep-2", await MakeAsync(project, "sleep"));
        var audited = await fixture.AsOwnerAsync(
            $"SELECT resource FROM branching.audit_entry WHERE request_id = '{request.RequestId}'"
        );
        Assert.Equal($"{project}/branches/run-sleep-1", audited);
    }

    [Fact]
    public async Task A_given_name_must_follow_the_template_of_its_kind()
    {
        var project = await ProjectAsync("strict", ("trial", "trial-{id}"));
        var request = new CreateBranchRequest
        {
            Parent = project,
            BranchId = "somehow",
            Branch = new() { Kind = BranchKind.Trial },
        };

        var refusal = await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            () => fixture.Branches.CreateBranchAsync(request, fixture.Everywhere)
        );
        Assert.Equal("branch_id", Assert.Single(refusal.FieldViolations).Field);
        Assert.Contains("'trial-{id}'", refusal.Message, StringComparison.Ordinal);

        request.BranchId = "trial-7";
        var trial = (await fixture.Branches.CreateBranchAsync(request, fixture.Everywhere)).Branch;
        var renaming = await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            () =>
                fixture.Branches.RenameBranchAsync(
                    new() { Name = trial.Name, NewBranchId = "otherwise" },
                    fixture.Everywhere
                )
        );
        Assert.Equal("new_branch_id", Assert.Single(renaming.FieldViolations).Field);

        // Kinds without a template are named as one likes.
        await fixture.Branches.CreateBranchAsync(new() { Parent = project, BranchId = "free" }, fixture.Everywhere);
    }

    [Fact]
    public async Task A_name_that_was_only_checked_is_still_free()
    {
        var project = await ProjectAsync("checked", ("experiment", "run-{purpose}-{n}"));
        var request = Creation(project, "sleep");
        request.ValidateOnly = true;

        var preview = (await fixture.Branches.CreateBranchAsync(request, fixture.Everywhere)).Branch;

        Assert.Equal($"{project}/branches/run-sleep-1", preview.Name);
        Assert.Equal("run-sleep-1", await MakeAsync(project, "sleep"));
    }

    [Theory]
    [InlineData("experiment", "")]
    [InlineData("experiment", "Experiment-{n}")]
    [InlineData("experiment", "e-{n")]
    [InlineData("experiment", "e-{}")]
    [InlineData("experiment", "e-{N}")]
    [InlineData("experiment", "{n}")]
    [InlineData("experiment", "{date}-x")]
    [InlineData("experiment", "-x")]
    [InlineData("experiment", "x-")]
    [InlineData("experiment", "x-{n}-{n}")]
    [InlineData("experiment", "x-{a}{b}")]
    [InlineData("experiment", "x-(.*)+$")]
    [InlineData("experiment", "x'; DROP TABLE branching.branch; --")]
    [InlineData("experiment", "a-very-long-template-that-makes-ids-of-more-than-sixty-three-characters")]
    [InlineData("main", "main-{n}")]
    [InlineData("EXPERIMENT", "x-{n}")]
    [InlineData("no\0kind", "x-{n}")]
    public async Task A_template_that_makes_no_ids_is_refused_and_none_is_stored(string kind, string template)
    {
        var request = new UpdateProjectRequest
        {
            Project = new() { Name = "projects/lab", BranchNamingTemplates = { [kind] = template } },
        };

        var refusal = await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            () => fixture.Projects.UpdateProjectAsync(request, fixture.Lab)
        );

        Assert.StartsWith(
            "project.branch_naming_templates",
            Assert.Single(refusal.FieldViolations).Field,
            StringComparison.Ordinal
        );
        var project = await fixture.Projects.GetProjectAsync(new() { Name = "projects/lab" }, fixture.Lab);
        Assert.Empty(project.Project.BranchNamingTemplates);
    }

    [Fact]
    public async Task Values_that_a_template_does_not_take_are_refused()
    {
        var project = await ProjectAsync("picky", ("experiment", "run-{purpose}-{n}"));

        await BadAsync("template_values", []);
        await BadAsync("template_values", new() { ["purpose"] = "sleep", ["more"] = "x" });
        await BadAsync("template_values", new() { ["purpose"] = "sleep", ["n"] = "7" });
        await BadAsync("template_values.purpose", new() { ["purpose"] = "" });
        await BadAsync("template_values.purpose", new() { ["purpose"] = "Sleep" });
        await BadAsync("template_values.purpose", new() { ["purpose"] = "a\0b" });
        await BadAsync("template_values.purpose", new() { ["purpose"] = "../main" });
        await BadAsync("template_values", new() { ["purpose"] = new string('x', 60) });
        await BadAsync("template_values.purpose", new() { ["purpose"] = new string('x', 1_000_000) });

        async Task BadAsync(string field, Dictionary<string, string> values)
        {
            var request = new GenerateBranchIdRequest { Parent = project, Kind = BranchKind.Experiment };
            request.TemplateValues.Add(values);
            var refusal = await RefusedAsync(
                StatusCode.InvalidArgument,
                ErrorReason.InvalidArgument,
                () => fixture.Branches.GenerateBranchIdAsync(request, fixture.Everywhere)
            );
            Assert.Equal(field, Assert.Single(refusal.FieldViolations).Field);
        }
    }

    [Fact]
    public async Task A_project_is_updated_by_mask_under_its_etag()
    {
        var name = await ProjectAsync("updated", ("trial", "trial-{id}"));
        var project = (await fixture.Projects.GetProjectAsync(new() { Name = name }, fixture.Everywhere)).Project;
        var request = new UpdateProjectRequest
        {
            Project = new()
            {
                Name = name,
                DisplayName = "Sleep lab",
                Labels = { ["site"] = "berlin" },
                Etag = project.Etag,
            },
            RequestId = "88888888-2222-4333-8444-555555555555",
        };

        var updated = (await fixture.Projects.UpdateProjectAsync(request, fixture.Everywhere)).Project;

        Assert.Equal(("Sleep lab", "berlin"), (updated.DisplayName, updated.Labels["site"]));
        Assert.Equal("trial-{id}", updated.BranchNamingTemplates["trial"]);
        Assert.Equal(updated, (await fixture.Projects.UpdateProjectAsync(request, fixture.Everywhere)).Project);
        request.RequestId = "";
        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.EtagMismatch,
            () => fixture.Projects.UpdateProjectAsync(request, fixture.Everywhere)
        );
        request.Project.Etag = updated.Etag;
        request.UpdateMask = FieldMask.FromString("branch_naming_templates");
        var emptied = (await fixture.Projects.UpdateProjectAsync(request, fixture.Everywhere)).Project;
        Assert.Empty(emptied.BranchNamingTemplates);
        Assert.Equal("Sleep lab", emptied.DisplayName);
    }

    private async Task<string> ProjectAsync(string id, (string Kind, string Template) naming)
    {
        var request = new CreateProjectRequest
        {
            ProjectId = id,
            Project = new() { BranchNamingTemplates = { [naming.Kind] = naming.Template } },
        };
        return (await fixture.Projects.CreateProjectAsync(request, fixture.Everywhere)).Project.Name;
    }

    private static CreateBranchRequest Creation(string project, string purpose) =>
        new() { Parent = project, TemplateValues = { ["purpose"] = purpose } };

    private async Task<string> MakeAsync(string project, string purpose)
    {
        var made = await fixture.Branches.CreateBranchAsync(Creation(project, purpose), fixture.Everywhere);
        return made.Branch.Name.Split('/')[^1];
    }

    private async Task<string> GenerateAsync(string project, string purpose)
    {
        var request = new GenerateBranchIdRequest
        {
            Parent = project,
            Kind = BranchKind.Experiment,
            TemplateValues = { ["purpose"] = purpose },
        };
        return (await fixture.Branches.GenerateBranchIdAsync(request, fixture.Everywhere)).BranchId;
    }
}
