using Dendrite.Fixtures.BadInput;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.IngestService.Tests.Changes;

/// <summary>Bad changes of streams and annotations: the status, the field at fault, and nothing written.</summary>
public sealed class ChangeRefusalTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private const string Uuid = "0193a000-0000-7000-8000-000000000001";

    public static TheoryData<Refusal, Action<V1.UpdateStreamRequest>> Updates =>
        new()
        {
            { Invalid("stream"), update => update.Stream = null },
            { Invalid("stream.name"), update => update.Stream.Name = "" },
            { Invalid("stream.name"), update => update.Stream.Name += "'; --" },
            { Of(StatusCode.PermissionDenied), update => update.Stream.Name = "projects/other/branches/b/streams/s" },
            { Of(StatusCode.NotFound), update => update.Stream.Name += "-gone" },
            { Of(StatusCode.NotFound), update => update.Stream.Name = IngestFixture.StreamName("nowhere") },
            { Invalid("update_mask"), update => update.UpdateMask = new() { Paths = { "channels" } } },
            { Invalid("update_mask"), update => update.UpdateMask = new() { Paths = { "labels", "state" } } },
            { Invalid("stream.display_name"), update => update.Stream.DisplayName = new string('x', 201) },
            { Invalid("stream.display_name"), update => update.Stream.DisplayName = "\0" },
            { Invalid("stream.device.model"), update => update.Stream.Device = new() { Model = "\0" } },
            { Invalid("stream.expected_sample_count"), update => update.Stream.ExpectedSampleCount = -1 },
            { Invalid("stream.labels"), update => update.Stream.Labels["Not An Id"] = "" },
            {
                Invalid("stream.metadata"),
                update => update.Stream.Metadata = new() { Fields = { ["a"] = Value.ForNumber(double.NaN) } }
            },
            { Of(StatusCode.Aborted), update => update.Stream.Etag = "1-1" },
            { Of(StatusCode.Aborted), update => update.Stream.Etag = "'; --" },
            { Invalid("request_id"), update => update.RequestId = "x" },
            { Of(StatusCode.ResourceExhausted), update => update.Stream.DisplayName = new string('x', 10_000_000) },
        };

    public static TheoryData<Refusal, Action<V1.DeleteStreamRequest>> Deletes =>
        new()
        {
            { Invalid("name"), delete => delete.Name = "" },
            { Invalid("name"), delete => delete.Name += "\0" },
            { Of(StatusCode.PermissionDenied), delete => delete.Name = "projects/other/branches/b/streams/s" },
            { Of(StatusCode.NotFound), delete => delete.Name += "-gone" },
            { Of(StatusCode.Aborted), delete => delete.Etag = "old" },
            { Invalid("request_id"), delete => delete.RequestId = "x" },
        };

    public static TheoryData<Refusal, Action<V1.PutAnnotationsRequest>> Puts =>
        new()
        {
            { Invalid("stream"), put => put.Stream = "" },
            { Of(StatusCode.PermissionDenied), put => put.Stream = "projects/other/branches/b/streams/s" },
            { Of(StatusCode.NotFound), put => put.Stream += "-gone" },
            { Invalid("annotations"), put => put.Annotations.Clear() },
            { Invalid("annotations"), put => put.Annotations.Add(Enumerable.Repeat(put.Annotations[0], 1_000)) },
            { Invalid("annotations[0].text"), put => put.Annotations[0].Text = "" },
            { Invalid("annotations[0].text"), put => put.Annotations[0].Text = new string('x', 4_001) },
            { Invalid("annotations[0].category"), put => put.Annotations[0].Category = "\0" },
            { Invalid("annotations[0].duration"), put => put.Annotations[0].Duration = new() { Seconds = -1 } },
            { Invalid("annotations[0].annotation_id"), put => put.Annotations[0].AnnotationId = "7" },
            { Invalid("annotations[1].annotation_id"), put => put.Annotations.Add(put.Annotations[0].Clone()) },
            {
                new(StatusCode.NotFound, "annotations[0].channels", null),
                put => put.Annotations[0].Channels.Add("c99")
            },
            {
                Invalid("annotations[0].metadata"),
                put => put.Annotations[0].Metadata = new() { Fields = { ["a"] = new Value() } }
            },
            { Invalid("request_id"), put => put.RequestId = "x" },
        };

    public static TheoryData<Refusal, Action<V1.DeleteAnnotationsRequest>> AnnotationDeletes =>
        new()
        {
            { Invalid("stream"), delete => delete.Stream = "eeg" },
            { Of(StatusCode.PermissionDenied), delete => delete.Stream = "projects/other/branches/b/streams/s" },
            { Of(StatusCode.NotFound), delete => delete.Stream += "-gone" },
            { Invalid("annotation_ids"), delete => delete.AnnotationIds.Clear() },
            { Invalid("annotation_ids"), delete => delete.AnnotationIds.Add(Enumerable.Repeat(Uuid, 1_000)) },
            { Invalid("annotation_ids[1]"), delete => delete.AnnotationIds.Add("'; --") },
            { Invalid("request_id"), delete => delete.RequestId = "x" },
        };

    public static TheoryData<Refusal, Action<V1.MaskSamplesRequest>> Masks =>
        new()
        {
            { Invalid("stream"), mask => mask.Stream = "eeg" },
            { Of(StatusCode.PermissionDenied), mask => mask.Stream = "projects/other/branches/b/streams/s" },
            { Of(StatusCode.NotFound), mask => mask.Stream += "-gone" },
            { Invalid("range"), mask => mask.Range = null },
            { Invalid("range"), mask => mask.Range.EndSample = 0 },
            { Invalid("range"), mask => mask.Range.StartSample = -1 },
            { Invalid("range"), mask => mask.Range.EndSample = long.MaxValue },
            { new(StatusCode.OutOfRange, "range", null), mask => mask.Range.EndSample = StreamLab.Samples + 1 },
            { new(StatusCode.NotFound, "channels[1]", null), mask => mask.Channels.Add(["c0", "c99"]) },
            { Invalid("reason"), mask => mask.Reason = "" },
            { Invalid("reason"), mask => mask.Reason = " \n" },
            { Invalid("reason"), mask => mask.Reason = "\0" },
            { Invalid("reason"), mask => mask.Reason = new string('x', 1_001) },
            { Invalid("request_id"), mask => mask.RequestId = "x" },
        };

    [Theory]
    [MemberData(nameof(Masks))]
    [BadInputOf("MaskSamples")]
    public async Task A_bad_mask_hides_nothing(Refusal refusal, Action<V1.MaskSamplesRequest> spoil)
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var request = new V1.MaskSamplesRequest
        {
            Stream = lab.Name,
            Range = new() { EndSample = 10 },
            Reason = "a reason",
        };
        spoil(request);
        await RefusesAsync(refusal, () => fixture.Ingest.MaskSamplesAsync(request, IngestFixture.Options));
    }

    [Theory]
    [MemberData(nameof(Updates))]
    [BadInputOf("UpdateStream")]
    public async Task A_bad_update_changes_nothing(Refusal refusal, Action<V1.UpdateStreamRequest> spoil)
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var request = new V1.UpdateStreamRequest
        {
            Stream = new() { Name = lab.Name, DisplayName = "x" },
        };
        spoil(request);
        await RefusesAsync(refusal, () => fixture.Ingest.UpdateStreamAsync(request, IngestFixture.Options));
    }

    [Theory]
    [MemberData(nameof(Deletes))]
    [BadInputOf("DeleteStream")]
    public async Task A_bad_deletion_deletes_nothing(Refusal refusal, Action<V1.DeleteStreamRequest> spoil)
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var request = new V1.DeleteStreamRequest { Name = lab.Name };
        spoil(request);
        await RefusesAsync(refusal, () => fixture.Ingest.DeleteStreamAsync(request, IngestFixture.Options));
    }

    [Theory]
    [MemberData(nameof(Puts))]
    [BadInputOf("PutAnnotations")]
    public async Task Bad_annotations_are_not_put(Refusal refusal, Action<V1.PutAnnotationsRequest> spoil)
    {
        var lab = await StreamLab.CreateAsync(fixture);
        var request = new V1.PutAnnotationsRequest { Stream = lab.Name };
        request.Annotations.Add(new V1.Annotation { Text = "a" });
        spoil(request);
        await RefusesAsync(refusal, () => fixture.Ingest.PutAnnotationsAsync(request, IngestFixture.Options));
    }

    [Theory]
    [MemberData(nameof(AnnotationDeletes))]
    [BadInputOf("DeleteAnnotations")]
    public async Task A_bad_deletion_of_annotations_deletes_none(
        Refusal refusal,
        Action<V1.DeleteAnnotationsRequest> spoil
    )
    {
        var lab = await StreamLab.CreateAsync(fixture);
        await lab.PutAsync(new V1.Annotation { Text = "a", AnnotationId = Uuid });
        var request = new V1.DeleteAnnotationsRequest { Stream = lab.Name, AnnotationIds = { Uuid } };
        spoil(request);
        await RefusesAsync(refusal, () => fixture.Ingest.DeleteAnnotationsAsync(request, IngestFixture.Options));
    }

    private async Task RefusesAsync<T>(Refusal refusal, Func<AsyncUnaryCall<T>> call) =>
        Assert.Equal(refusal, await fixture.RefusalOfAsync(call));
}
