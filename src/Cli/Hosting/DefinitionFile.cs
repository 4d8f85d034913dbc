using Google.Protobuf;

namespace Dendrite.Cli.Hosting;

/// <summary>
/// A file that says what a resource shall be. What is wrong with one has one reason and exit code in every command:
/// FILE_NOT_FOUND (3), FILE_NOT_READABLE (1), FILE_REFUSED (7).
/// </summary>
internal static class DefinitionFile
{
    /// <summary>Reads a message from its JSON form.</summary>
    /// <param name="path">Where; <c>-</c> is standard input.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="CliException">FILE_NOT_FOUND, FILE_NOT_READABLE, FILE_REFUSED.</exception>
    public static async Task<T> ReadAsync<T>(string path, CancellationToken cancellation)
        where T : IMessage<T>, new()
    {
        var text = await ReadTextAsync(path, cancellation);
        try
        {
            return JsonParser.Default.Parse<T>(text);
        }
        catch (Exception malformed) when (malformed is InvalidProtocolBufferException or InvalidJsonException)
        {
            throw Refused($"{path} is no {typeof(T).Name} in JSON: {malformed.Message}");
        }
    }

    /// <summary>Reads all of it.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    /// <exception cref="CliException">FILE_NOT_FOUND, FILE_NOT_READABLE.</exception>
    public static async Task<string> ReadTextAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return path == "-"
                ? await Console.In.ReadToEndAsync(cancellation)
                : await File.ReadAllTextAsync(path, cancellation);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw NotRead(path, failure);
        }
    }

    /// <summary>As <see cref="ReadTextAsync"/>, of a file on the way.</summary>
    /// <exception cref="CliException">FILE_NOT_FOUND, FILE_NOT_READABLE.</exception>
    public static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw NotRead(path, failure);
        }
    }

    /// <summary>Of a file that could not be opened, or read to its end.</summary>
    public static CliException NotRead(string path, Exception failure) =>
        failure is FileNotFoundException or DirectoryNotFoundException
            ? new(ExitCode.NotFound, "FILE_NOT_FOUND", $"{path} does not exist.")
            : new(
                ExitCode.Failure,
                "FILE_NOT_READABLE",
                Directory.Exists(path)
                    ? $"{path} is a folder; give the path of a file."
                    : $"{path} cannot be read: {failure.Message}"
            );

    /// <summary>Of a file that holds something else.</summary>
    public static CliException Refused(string problem) => new(ExitCode.BadData, "FILE_REFUSED", problem);
}
