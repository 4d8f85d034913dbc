namespace Dendrite.Signals.Formats;

/// <summary>Opens files by the rules that all formats share.</summary>
internal static class RecordingFiles
{
    /// <summary>The file that was asked for.</summary>
    public static Stream OpenMain(this IRecordingFiles files) =>
        files.Find(files.MainName) ?? throw new FileNotFoundException($"{files.MainName} does not exist.");

    /// <summary>A file without which the recording cannot be read.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="field">The field of the main file that names it.</param>
    /// <param name="offset">Where that field is.</param>
    /// <exception cref="RecordingFormatException">It is not there.</exception>
    public static Stream OpenCompanion(this IRecordingFiles files, string name, string field, long offset) =>
        files.Find(name)
        ?? throw new RecordingFormatException(
            field,
            offset,
            $"'{name}', which holds the data, is not beside this file. Put it there, under this name."
        );
}
