using Dendrite.Cli.Import;
using Dendrite.Signals.Synthetic;

namespace Dendrite.Cli.Demo;

/// <summary>
/// The files that a demonstration streams: the caller's file into both branches, or two synthetic ones; and a short
/// calibration recording for the second branch only, so that there is a difference to show. Made files go away with it.
/// </summary>
internal sealed record DemoRecordings(
    RecordingSource First,
    RecordingSource Second,
    RecordingSource Calibration,
    bool IsReal,
    DirectoryInfo Folder
) : IDisposable
{
    private const int SyntheticSeconds = 60;
    private const int CalibrationSeconds = 2;

    private static readonly SyntheticEegOptions Synthetic = new() { ChannelCount = 64, SampleRateHz = 512 };

    /// <summary>Reads and checks the caller's file, and makes what is to be made.</summary>
    public static async Task<DemoRecordings> PrepareAsync(string? file, CancellationToken cancellationToken)
    {
        // Checked before anything is made: a file that is refused leaves nothing behind.
        var real = file is null ? null : await RecordingSource.OpenAsync(file, cancellationToken);
        var folder = Directory.CreateTempSubdirectory("dendrite-demo-");
        try
        {
            return new(
                real ?? await MakeAsync(folder, "resting-1", 1, SyntheticSeconds, cancellationToken),
                real ?? await MakeAsync(folder, "resting-2", 2, SyntheticSeconds, cancellationToken),
                await MakeAsync(folder, "calibration", 3, CalibrationSeconds, cancellationToken),
                real is not null,
                folder
            );
        }
        catch
        {
            folder.Delete(recursive: true);
            throw;
        }
    }

    public void Dispose() => Folder.Delete(recursive: true);

    private static async Task<RecordingSource> MakeAsync(
        DirectoryInfo folder,
        string name,
        int seed,
        int seconds,
        CancellationToken cancellationToken
    )
    {
        string path = Path.Combine(folder.FullName, $"{name}.edf");
        await using (var stream = File.Create(path))
        {
            await SyntheticRecording.WriteEdfAsync(stream, Synthetic with { Seed = seed }, seconds, cancellationToken);
        }
        return await RecordingSource.OpenAsync(path, cancellationToken);
    }
}
