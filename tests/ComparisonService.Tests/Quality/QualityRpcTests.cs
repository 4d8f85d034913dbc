using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.ComparisonService.Tests.Quality;

/// <summary>Checks are made, changed, run and deleted, and what they found stays.</summary>
public sealed class QualityRpcTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    [Fact]
    public async Task A_check_is_listed_found_changed_and_deleted_and_nothing_else_of_it_changes()
    {
        var bench = new QualityBench(lab, "life");
        var check = new QualityCheck
        {
            DisplayName = "Complete",
            StreamFilter = "stream_id = eeg",
            MaxMissingRatio = 0,
        };
        var made = await bench.CreateAsync("one", check);
        await bench.CreateAsync("two", new() { MaxClippedRatio = 0.5 });

        var listed = await lab.Quality.ListQualityChecksAsync(
            new() { Parent = "projects/lab", PageSize = 1000 },
            lab.Key
        );
        var update = new UpdateQualityCheckRequest
        {
            QualityCheck = new()
            {
                Name = made.Name,
                MaxFlatDuration = new() { Seconds = 3 },
            },
        };
        var changed = (await lab.Quality.UpdateQualityCheckAsync(update, lab.AdministratorKey)).QualityCheck;
        var found = (await lab.Quality.GetQualityCheckAsync(new() { Name = made.Name }, lab.Key)).QualityCheck;
        await lab.Quality.DeleteQualityCheckAsync(new() { Name = made.Name }, lab.AdministratorKey);
        var gone = await Assert.ThrowsAsync<RpcException>(async () =>
            await lab.Quality.GetQualityCheckAsync(new() { Name = made.Name }, lab.Key)
        );
        await lab.Quality.DeleteQualityCheckAsync(
            new() { Name = made.Name, AllowMissing = true },
            lab.AdministratorKey
        );

        Assert.Equal("projects/lab/qualityChecks/life-one", made.Name);
        Assert.Equal(QualityCheck.RuleOneofCase.MaxMissingRatio, made.RuleCase);
        Assert.Contains(listed.QualityChecks, one => one.Equals(made));
        Assert.Equal(changed, found);
        Assert.Equal(("Complete", "stream_id = eeg"), (changed.DisplayName, changed.StreamFilter));
        Assert.Equal(3, changed.MaxFlatDuration.Seconds);
        Assert.NotEqual(made.Etag, changed.Etag);
        Assert.Equal(StatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task A_change_by_an_old_etag_is_aborted()
    {
        var made = await new QualityBench(lab, "etag").CreateAsync("one", new() { MaxMissingRatio = 0 });
        var update = new UpdateQualityCheckRequest
        {
            QualityCheck = new QualityCheck(made) { DisplayName = "new" },
            UpdateMask = new FieldMask { Paths = { "display_name" } },
        };

        await lab.Quality.UpdateQualityCheckAsync(update, lab.AdministratorKey);
        var late = await Assert.ThrowsAsync<RpcException>(async () =>
            await lab.Quality.UpdateQualityCheckAsync(update, lab.AdministratorKey)
        );

        Assert.Equal(StatusCode.Aborted, late.StatusCode);
    }

    [Fact]
    public async Task A_result_stays_with_the_state_it_was_found_on_and_the_same_run_is_not_done_again()
    {
        var bench = new QualityBench(lab, "kept");
        await lab.Recorder.ForkAsync(bench.Branch);
        await lab.Recorder.RecordAsync(bench.Branch, "eeg", [1, 2, 3]);
        var check = await bench.CreateAsync("flat", new() { MaxFlatDuration = new() { Seconds = 1 } });

        var failed = await bench.RunAsync(check);
        var again = await bench.RunAsync(check);
        await lab.Recorder.RecordAsync(bench.Branch, "more", [1]);
        var later = await bench.RunAsync(check);
        await lab.Quality.DeleteQualityCheckAsync(new() { Name = check.Name }, lab.AdministratorKey);
        var listed = await bench.ListAsync($"snapshot.branch = {bench.Branch}");

        Assert.Equal(failed, again);
        Assert.NotEqual(failed.SnapshotDigest, later.SnapshotDigest);
        Assert.Equal([later, failed], listed.Results);
        Assert.Equal("a test", failed.Creator);
        Assert.Equal(32, failed.SnapshotDigest.Length);
        Assert.Equal($"projects/lab/branches/{bench.Branch}", failed.Snapshot.Branch);
        Assert.True(failed.Snapshot.Point.Version > 0);
    }

    [Fact]
    public async Task A_check_that_was_changed_is_run_anew()
    {
        var bench = new QualityBench(lab, "anew");
        await lab.Recorder.ForkAsync(bench.Branch);
        await lab.Recorder.RecordAsync(bench.Branch, "eeg", [1]);
        var check = await bench.CreateAsync("flat", new() { MaxFlatDuration = new() { Seconds = 1 } });
        var failed = await bench.RunAsync(check);

        var update = new UpdateQualityCheckRequest
        {
            QualityCheck = new()
            {
                Name = check.Name,
                MaxFlatDuration = new() { Seconds = 2 },
            },
        };
        await lab.Quality.UpdateQualityCheckAsync(update, lab.AdministratorKey);

        Assert.False(failed.Passed);
        Assert.True((await bench.RunAsync(check)).Passed);
    }

    [Fact]
    public async Task Results_are_listed_by_page_and_by_whether_they_passed()
    {
        var bench = new QualityBench(lab, "pages");
        await lab.Recorder.ForkAsync(bench.Branch);
        var check = await bench.CreateAsync("flat", new() { MaxFlatDuration = new() { Seconds = 1 } });
        List<QualityResult> made = [await bench.RunAsync(check)];
        foreach (var stream in new[] { "a", "b" })
        {
            await lab.Recorder.RecordAsync(bench.Branch, stream, [1]);
            made.Insert(0, await bench.RunAsync(check));
        }

        var filter = $"snapshot.branch = \"projects/lab/branches/{bench.Branch}\"";
        var first = await bench.ListAsync(filter, size: 2);
        var second = await bench.ListAsync(filter, size: 2, first.NextPageToken);
        var passed = await bench.ListAsync($"{filter} AND passed = true");

        Assert.Equal(made, first.Results.Concat(second.Results));
        Assert.Equal("", second.NextPageToken);
        Assert.Equal(made[^1], Assert.Single(passed.Results));
    }

    [Fact]
    public async Task Only_an_administrator_makes_checks_and_whoever_reaches_the_project_runs_them()
    {
        var request = new CreateQualityCheckRequest
        {
            Parent = "projects/lab",
            QualityCheckId = "not-mine",
            QualityCheck = new() { MaxMissingRatio = 0 },
        };

        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await lab.Quality.CreateQualityCheckAsync(request, lab.Key)
        );

        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
    }
}
