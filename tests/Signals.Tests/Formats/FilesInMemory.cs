using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Formats;

/// <summary>Files that a test made, the main one first.</summary>
internal sealed class FilesInMemory(params (string Name, byte[] Content)[] files) : IRecordingFiles
{
    public string MainName => files[0].Name;

    public Stream? Find(string name)
    {
        var (found, content) = files.FirstOrDefault(file => file.Name == name);
        return found is null ? null : new MemoryStream(content, writable: false);
    }

    public Task<RecordingReader> OpenAsync() => RecordingFormats.OpenAsync(this, TestContext.Current.CancellationToken);

    public async Task<RecordingFormatException> RefusedAsync() =>
        await Assert.ThrowsAsync<RecordingFormatException>(OpenAsync);
}

/// <summary>A recording of the shared folder.</summary>
internal sealed class SharedFiles(string relative) : IRecordingFiles
{
    private readonly string path = SharedData.Require(relative);

    public string MainName => Path.GetFileName(path);

    public Stream? Find(string name)
    {
        string full = Path.Combine(Path.GetDirectoryName(path)!, name);
        return File.Exists(full) ? File.OpenRead(full) : null;
    }

    public static Task<RecordingReader> OpenAsync(string relative) =>
        RecordingFormats.OpenAsync(new SharedFiles(relative), TestContext.Current.CancellationToken);
}
