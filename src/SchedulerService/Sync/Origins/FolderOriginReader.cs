using System.Globalization;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Dendrite.Errors;
using Dendrite.SchedulerService.Outbound;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>
/// The files of a folder, by name: <c>.csv</c>, <c>.json</c>, <c>.jsonl</c> and <c>.ndjson</c>, also packed as
/// <c>.gz</c>. Files below it and links are left out.
/// </summary>
/// <param name="limit">How many items to give at once.</param>
/// <param name="log">Told of what is left out.</param>
internal sealed class FolderOriginReader(FolderSource source, SyncOptions options, Func<int> limit, Action<string> log)
    : IOrigin
{
    public async IAsyncEnumerable<SourcePage> ReadAsync(
        ListingPlace place,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        foreach (var file in List())
        {
            var order = string.CompareOrdinal(file.Name, place.File ?? "");
            if (place.File is not null && (order < 0 || (order == 0 && place.FileItems is null)))
            {
                continue;
            }

            var state = string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc:O}");
            // A file that was changed since is read from its beginning.
            var isSame = place.File == file.Name && place.FileState == state;
            var done = isSame ? place.FileItems ?? 0 : 0;
            place = place with { File = file.Name, FileItems = done, FileState = state };
            await foreach (var items in ReadAsync(file, done, cancellationToken))
            {
                place = place with { FileItems = place.FileItems + items.Count };
                yield return new(items, place);
            }

            place = place with { FileItems = null, FileState = null };
        }

        yield return new([], place with { File = null, FileItems = null, FileState = null, IsRead = true });
    }

    private List<FileInfo> List()
    {
        var folder = new DirectoryInfo(FolderPath.Resolve(source.Root, source.Path));
        var pattern = source.Pattern.Length > 0 ? source.Pattern : "*";
        var files = new List<FileInfo>();
        foreach (var file in folder.EnumerateFiles(pattern, new EnumerationOptions()))
        {
            var why =
                file.LinkTarget is not null ? "is a link"
                : FormatOf(file.Name) is null ? "is no .csv, .json, .jsonl or .ndjson, nor one of these with .gz"
                : null;
            if (why is null)
            {
                files.Add(file);
            }
            else
            {
                log($"{file.Name} is left out: it {why}.");
            }
        }

        return [.. files.OrderBy(file => file.Name, StringComparer.Ordinal)];
    }

    private async IAsyncEnumerable<IReadOnlyList<SourceItem>> ReadAsync(
        FileInfo file,
        long done,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var format = FormatOf(file.Name)!.Value;
        var most = format == HttpFormat.Json ? options.MaxJsonBytes : options.MaxDocumentBytes;
        await using var bytes = new BoundedStream(Open(file), most, () => TooLong(file, most));
        var items =
            format == HttpFormat.Json
                ? ReadJsonAsync(file, bytes, cancellationToken)
                : ItemDocuments.ReadAsync(bytes, format, cancellationToken);
        var some = new List<SourceItem>();
        await foreach (var item in items)
        {
            if (done-- > 0)
            {
                continue;
            }

            some.Add(item);
            if (some.Count >= limit())
            {
                yield return some;
                some = [];
            }
        }

        yield return some;
    }

    private static async IAsyncEnumerable<SourceItem> ReadJsonAsync(
        FileInfo file,
        Stream bytes,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        JsonElement document;
        try
        {
            document = await JsonSerializer.DeserializeAsync<JsonElement>(bytes, cancellationToken: cancellationToken);
        }
        catch (JsonException failure)
        {
            throw new DendriteException(
                ErrorReason.SourceFailed,
                $"File {file.Name} is no JSON at line {failure.LineNumber + 1}; mend it, or leave it out.",
                failure
            );
        }

        foreach (var item in ItemDocuments.OfJson(document))
        {
            yield return item;
        }
    }

    private static Stream Open(FileInfo file)
    {
        var stream = file.OpenRead();
        return IsPacked(file.Name) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
    }

    private static HttpFormat? FormatOf(string name)
    {
        var plain = IsPacked(name) ? name[..^".gz".Length] : name;
        return Path.GetExtension(plain).ToLowerInvariant() switch
        {
            ".csv" => HttpFormat.Csv,
            ".json" => HttpFormat.Json,
            ".jsonl" or ".ndjson" => HttpFormat.JsonLines,
            _ => null,
        };
    }

    private static bool IsPacked(string name) => name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    private static DendriteException TooLong(FileInfo file, long most) =>
        new(ErrorReason.SourceFailed, $"File {file.Name} holds more than {most} bytes; split it.");
}

/// <summary>A folder as it is declared.</summary>
/// <param name="Root">The project's own folder.</param>
/// <param name="Path">Below it.</param>
internal sealed record FolderSource(string Root, string Path, string Pattern);
