using Dendrite.Cli.Connection;
using Dendrite.V1;

namespace Dendrite.Cli.Import;

/// <summary>The finished streams of a branch by the content of the file that they came from.</summary>
internal sealed class KnownRecordings(ILookup<string, string> names)
{
    private const int PageSize = 1000;

    /// <summary>Of a branch that is not looked at.</summary>
    public static KnownRecordings None { get; } = new(Array.Empty<string>().ToLookup(name => name));

    /// <summary>Reads the list of streams once, by the page; only names and digests are kept.</summary>
    public static async Task<KnownRecordings> LoadAsync(
        Platform platform,
        string branch,
        CancellationToken cancellationToken
    )
    {
        var finished = new List<(string Digest, string Name)>();
        var request = new ListStreamsRequest { Parent = platform.BranchName(branch), PageSize = PageSize };
        do
        {
            var page = await platform.Query.ListStreamsAsync(request, cancellationToken: cancellationToken);
            finished.AddRange(
                from stream in page.Streams
                where stream.State == StreamState.Finished
                let digest = stream.Labels.GetValueOrDefault(ImportPlan.SourceLabel, stream.SourceSha256)
                where digest.Length > 0
                select (digest, stream.Name)
            );
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);
        return new(finished.ToLookup(entry => entry.Digest, entry => entry.Name));
    }

    /// <summary>Every stream of the recording is there and finished.</summary>
    public bool HasWhole(RecordingSource source) => names[source.Sha256].Count() >= source.Recording.Streams.Count;

    /// <summary>The name under which one of its streams is there.</summary>
    public string? NameOf(RecordingSource source, int stream) => names[source.Sha256].ElementAtOrDefault(stream);
}
