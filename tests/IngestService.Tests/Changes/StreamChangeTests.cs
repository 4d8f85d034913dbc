using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.IngestService.Tests.Changes;

public sealed class StreamChangeTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    [Fact]
    public async Task An_update_changes_what_its_mask_names_and_nothing_else()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var before = await lab.GetAsync();
        var request = Update(lab, "display_name", "labels", "metadata", "expected_sample_count");
        request.Stream.DisplayName = "Night two";
        request.Stream.Labels["site"] = "berlin";
        request.Stream.Metadata = new() { Fields = { ["ward"] = Value.ForString("C 3") } };
        request.Stream.Device = new() { Model = "not in the mask" };

        var changed = await lab.UpdateAsync(request);

        var expected = before.Clone();
        expected.DisplayName = "Night two";
        expected.Labels["site"] = "berlin";
        expected.Metadata = request.Stream.Metadata;
        (expected.Etag, expected.UpdateTime) = (changed.Stream.Etag, changed.Stream.UpdateTime);
        Assert.Equal(expected, changed.Stream);
        Assert.Equal(changed.Stream, await lab.GetAsync());
        Assert.NotEqual(before.Etag, changed.Stream.Etag);
        Assert.True(changed.Stream.UpdateTime > before.UpdateTime);
        Assert.Equal(before, await lab.GetAsync(changed.Version - 1));
        await lab.AssertWholeAsync();
    }

    [Fact]
    public async Task An_update_without_a_mask_changes_what_it_sets_and_one_with_a_mask_may_clear()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var set = new V1.UpdateStreamRequest
        {
            Stream = new()
            {
                Name = lab.Name,
                ExpectedSampleCount = 1_000,
                Device = new() { Model = "M1" },
            },
        };
        var stream = (await lab.UpdateAsync(set)).Stream;
        Assert.Equal(("A test", 1_000L, "M1"), (stream.DisplayName, stream.ExpectedSampleCount, stream.Device.Model));

        var cleared = (await lab.UpdateAsync(Update(lab, "expected_sample_count", "device", "display_name"))).Stream;
        Assert.False(cleared.HasExpectedSampleCount);
        Assert.Null(cleared.Device);
        Assert.Empty(cleared.DisplayName);
    }

    [Fact]
    public async Task The_label_of_the_file_that_a_stream_was_imported_from_stays_whatever_an_update_says_of_labels()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var imported = Update(lab, "labels");
        imported.Stream.Labels["source-sha256"] = "abc";
        await lab.UpdateAsync(imported);

        var replaced = Update(lab, "labels");
        replaced.Stream.Labels["site"] = "berlin";
        var stream = (await lab.UpdateAsync(replaced)).Stream;
        Assert.Equal("abc", stream.SourceSha256);
        Assert.Equal(2, stream.Labels.Count);

        var another = Update(lab, "labels");
        another.Stream.Labels["source-sha256"] = "def";
        Assert.Equal("abc", (await lab.UpdateAsync(another)).Stream.SourceSha256);

        var cleared = (await lab.UpdateAsync(Update(lab, "labels"))).Stream;
        Assert.Equal(KeyValuePair.Create("source-sha256", "abc"), Assert.Single(cleared.Labels));
    }

    [Fact]
    public async Task An_update_of_a_state_that_has_changed_is_refused()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var etag = (await lab.GetAsync()).Etag;
        var first = Update(lab, "display_name");
        first.Stream.Etag = etag;
        await lab.UpdateAsync(first);

        var failure = await Assert.ThrowsAsync<RpcException>(() => lab.UpdateAsync(first));
        Assert.Equal(ErrorReason.EtagMismatch, ErrorStatus.FromRpcException(failure)?.Reason);
        failure = await Assert.ThrowsAsync<RpcException>(() => lab.DeleteAsync(delete => delete.Etag = etag));
        Assert.Equal(ErrorReason.EtagMismatch, ErrorStatus.FromRpcException(failure)?.Reason);
        await lab.DeleteAsync(delete => delete.Etag = "");
        Assert.Null(await lab.FindAsync());
    }

    [Fact]
    public async Task An_update_while_samples_come_leaves_the_writer_its_stream()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var (gateway, _) = await Gateway.OpenAsync(fixture, lab.Name);
        using var __ = gateway;
        var request = Update(lab, "display_name");
        request.Stream.DisplayName = "changed";
        await lab.UpdateAsync(request);
        await gateway.SendAsync(Recording.Block(StreamLab.Samples, 10));
        Assert.True((await gateway.CloseAsync(finish: true)).Finished);

        var stream = await lab.GetAsync();
        Assert.Equal(("changed", V1.StreamState.Finished), (stream.DisplayName, stream.State));
        await lab.UpdateAsync(request);
        Assert.Equal(V1.StreamState.Finished, (await lab.GetAsync()).State);
        await lab.AssertWholeAsync();
    }

    [Fact]
    public async Task A_deleted_stream_is_gone_from_its_branch_and_seen_by_forks_and_earlier_versions()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var fork = await lab.ForkAsync();

        var deleted = await lab.DeleteAsync();

        Assert.Null(await lab.FindAsync());
        Assert.NotNull(await lab.FindAsync(deleted.Version - 1));
        await fixture.AssertHoldsAsync(fork.Name, StreamLab.Samples);
        await lab.AssertWholeAsync();
    }

    [Fact]
    public async Task A_name_can_be_used_again_after_its_stream_was_deleted()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var first = (await lab.GetAsync()).Uid;
        await lab.DeleteAsync();

        await lab.RecordAsync(0, 20);

        Assert.NotEqual(first, (await lab.GetAsync()).Uid);
        await fixture.AssertHoldsAsync(lab.Name, 20);
    }

    [Fact]
    public async Task Whoever_appends_to_a_stream_that_is_deleted_is_fenced_and_stores_nothing()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var (gateway, _) = await Gateway.OpenAsync(fixture, lab.Name);
        using var __ = gateway;
        await lab.DeleteAsync();
        var blocks = await fixture.CountAsync("SELECT count(*) FROM signals.block");
        await gateway.SendAsync(Recording.Block(StreamLab.Samples, 10));
        Assert.Equal(ErrorReason.WriterFenced, (await gateway.HearFailureAsync()).Reason);
        Assert.Equal(blocks, await fixture.CountAsync("SELECT count(*) FROM signals.block"));

        using var late = Gateway.Connect(fixture);
        await late.SendAsync(new V1.AppendRequest { Open = new() { Stream = lab.Name } });
        Assert.Equal(ErrorReason.StreamNotFound, (await late.HearFailureAsync()).Reason);
    }

    [Fact]
    public async Task Deleting_what_is_not_there_is_an_error_unless_it_may_be_missing()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        await lab.DeleteAsync();
        var failure = await Assert.ThrowsAsync<RpcException>(() => lab.DeleteAsync());
        Assert.Equal(ErrorReason.StreamNotFound, ErrorStatus.FromRpcException(failure)?.Reason);
        var commits = await lab.CountCommitsAsync();
        Assert.Equal(0, (await lab.DeleteAsync(delete => delete.AllowMissing = true)).Version);
        Assert.Equal(commits, await lab.CountCommitsAsync());
    }

    [Fact]
    public async Task A_repeated_request_is_answered_and_not_done_again()
    {
        var lab = new StreamLab(fixture, await fixture.ForkAsync());
        var create = new V1.CreateStreamRequest
        {
            Parent = $"projects/lab/branches/{lab.Branch}",
            StreamId = "eeg",
            Stream = Recording.Descriptor(),
            RequestId = "11111111-2222-3333-4444-555555555501",
        };
        var made = await fixture.Ingest.CreateStreamAsync(create, IngestFixture.Options);
        var update = Update(lab, "display_name");
        (update.Stream.DisplayName, update.RequestId) = ("one", "11111111-2222-3333-4444-555555555502");
        var updated = await lab.UpdateAsync(update);
        var other = Update(lab, "display_name");
        other.Stream.DisplayName = "two";
        await lab.UpdateAsync(other);
        var commits = await lab.CountCommitsAsync();

        Assert.Equal(made, await fixture.Ingest.CreateStreamAsync(create, IngestFixture.Options));
        Assert.Equal(updated, await lab.UpdateAsync(update));
        Assert.Equal("two", (await lab.GetAsync()).DisplayName);

        const string Id = "11111111-2222-3333-4444-555555555503";
        var deleted = await lab.DeleteAsync(delete => delete.RequestId = Id);
        Assert.Equal(deleted, await lab.DeleteAsync(delete => delete.RequestId = Id));
        Assert.Equal(commits + 1, await lab.CountCommitsAsync());
        create.Stream.DisplayName = "another";
        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
            await fixture.Ingest.CreateStreamAsync(create, IngestFixture.Options)
        );
        Assert.Equal(ErrorReason.RequestIdReused, ErrorStatus.FromRpcException(failure)?.Reason);
    }

    [Fact]
    public async Task Each_change_is_one_commit_with_one_line_of_audit()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var commits = await lab.CountCommitsAsync();
        var audit = await CountAuditAsync(lab);
        await lab.UpdateAsync(Update(lab, "display_name"));
        var put = await lab.PutAsync(new V1.Annotation { Text = "a" }, new V1.Annotation { Text = "b" });
        await lab.DeleteAsync(put.Annotations[0].AnnotationId);
        await lab.DeleteAsync();
        Assert.Equal(commits + 4, await lab.CountCommitsAsync());
        Assert.Equal(audit + 4, await CountAuditAsync(lab));
    }

    [Fact]
    public async Task A_descriptor_that_was_tampered_with_is_said()
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var version = (await lab.UpdateAsync(Update(lab, "display_name"))).Version;
        await fixture.CountAsync($"UPDATE signals.stream SET display_name = 'x' WHERE version = {version}");
        Assert.Single((await fixture.VerifyDataAsync(lab.Branch)).OfType<string>());
        await fixture.CountAsync($"UPDATE signals.stream SET display_name = '' WHERE version = {version}");
        await lab.AssertWholeAsync();
        version = (await lab.DeleteAsync()).Version;
        await fixture.CountAsync($"UPDATE signals.stream SET deleted = false WHERE version = {version}");
        Assert.Single((await fixture.VerifyDataAsync(lab.Branch)).OfType<string>());
    }

    private Task<long> CountAuditAsync(StreamLab lab) =>
        fixture.CountAsync($"SELECT count(*) FROM branching.audit_entry WHERE resource = '{lab.Name}'");

    private static V1.UpdateStreamRequest Update(StreamLab lab, params string[] paths) =>
        new()
        {
            Stream = new() { Name = lab.Name },
            UpdateMask = new() { Paths = { paths } },
        };
}
