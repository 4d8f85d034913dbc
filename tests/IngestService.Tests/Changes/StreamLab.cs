using Grpc.Core;

namespace Dendrite.IngestService.Tests.Changes;

/// <summary>A branch with a recording in it, and the calls that change what lies beside its samples.</summary>
internal sealed class StreamLab(IngestFixture fixture, string branch)
{
    public const int Samples = 300;

    public string Branch => branch;

    public string Name => IngestFixture.StreamName(branch);

    public static async Task<StreamLab> CreateAsync(IngestFixture fixture)
    {
        var lab = new StreamLab(fixture, await fixture.ForkAsync());
        await lab.RecordAsync(0, Samples);
        return lab;
    }

    /// <summary>The same recording in a branch that is forked from this one as it is now.</summary>
    public async Task<StreamLab> ForkAsync() => new(fixture, await fixture.ForkAsync(branch));

    public async Task RecordAsync(long first, int count)
    {
        var (gateway, _) = await Gateway.OpenAsync(fixture, Name);
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(first, count));
        await gateway.CloseAsync();
    }

    public async Task<V1.SignalStream?> FindAsync(long? version = null)
    {
        var request = new V1.GetStreamRequest { Name = Name, At = version is { } at ? new() { Version = at } : null };
        try
        {
            return (await fixture.Query.GetStreamAsync(request, IngestFixture.Options)).Stream;
        }
        catch (RpcException missing) when (missing.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
    }

    public async Task<V1.SignalStream> GetAsync(long? version = null) =>
        await FindAsync(version) ?? throw new InvalidOperationException($"{Name} is not there.");

    public async Task<V1.UpdateStreamResponse> UpdateAsync(V1.UpdateStreamRequest request) =>
        await fixture.Ingest.UpdateStreamAsync(request, IngestFixture.Options);

    public async Task<V1.DeleteStreamResponse> DeleteAsync(Action<V1.DeleteStreamRequest>? with = null)
    {
        var request = new V1.DeleteStreamRequest { Name = Name };
        with?.Invoke(request);
        return await fixture.Ingest.DeleteStreamAsync(request, IngestFixture.Options);
    }

    public async Task<V1.PutAnnotationsResponse> PutAsync(params V1.Annotation[] annotations) =>
        await fixture.Ingest.PutAnnotationsAsync(
            new() { Stream = Name, Annotations = { annotations } },
            IngestFixture.Options
        );

    public async Task<V1.DeleteAnnotationsResponse> DeleteAsync(params string[] ids) =>
        await fixture.Ingest.DeleteAnnotationsAsync(
            new() { Stream = Name, AnnotationIds = { ids } },
            IngestFixture.Options
        );

    /// <returns>The version that hides them.</returns>
    public async Task<long> MaskAsync(long start, long end, string reason, params string[] channels)
    {
        var request = new V1.MaskSamplesRequest
        {
            Stream = Name,
            Range = new() { StartSample = start, EndSample = end },
            Reason = reason,
            Channels = { channels },
        };
        return (await fixture.Ingest.MaskSamplesAsync(request, IngestFixture.Options)).Version;
    }

    public async Task<List<V1.Annotation>> ListAsync(long? version = null)
    {
        var request = new V1.ListAnnotationsRequest
        {
            Parent = Name,
            At = version is { } at ? new() { Version = at } : null,
        };
        return [.. (await fixture.Query.ListAnnotationsAsync(request, IngestFixture.Options)).Annotations];
    }

    public Task<long> CountCommitsAsync() => fixture.CountAsync("SELECT count(*) FROM branching.commit");

    public async Task AssertWholeAsync() => Assert.All(await fixture.VerifyDataAsync(branch), Assert.Null);
}
