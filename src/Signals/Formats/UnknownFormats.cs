namespace Dendrite.Signals.Formats;

/// <summary>Says of a file that is not read what it probably is, and what to do.</summary>
internal static class UnknownFormats
{
    private static readonly (string Extension, string Advice)[] ByExtension =
    [
        (".eeg", "This looks like the data of a BrainVision recording: import its .vhdr file."),
        (".vmrk", "These are the markers of a BrainVision recording: import its .vhdr file."),
        (".avg", "This looks like the data of a BrainVision recording: import its .vhdr file."),
        (".dat", "Raw data: import the file that describes it, such as a .hea, .vhdr or structure.oebin."),
        (".bin", "Raw data: import the file that describes it, such as a .meta."),
        (".atr", "These are the annotations of a WFDB record: import its .hea file."),
        (".events", "These are the events of an Open Ephys recording: import its structure.openephys."),
    ];

    public static RecordingFormatException Describe(ReadOnlySpan<byte> start, string name) =>
        new("format", 0, Advice(start, Path.GetExtension(name).ToLowerInvariant()));

    private static string Advice(ReadOnlySpan<byte> start, string extension)
    {
        const string known =
            "EDF, EDF+, BDF, BDF+, BrainVision (.vhdr), XDF, OpenBCI text, Open Ephys, WFDB (.hea), SpikeGLX (.meta)";
        if (start.IsEmpty)
        {
            return "The file is empty. Copy it again from its source.";
        }
        if (start.StartsWith((ReadOnlySpan<byte>)[0x89, .. "HDF"u8]))
        {
            return "An HDF5 file (NWB, MATLAB 7.3), which is not read. Export it to one of " + known + ".";
        }
        if (
            start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B])
            || start.StartsWith((ReadOnlySpan<byte>)[.. "PK"u8, 3, 4])
        )
        {
            return "A compressed file. Unpack it and import what is in it.";
        }
        return ByExtension.FirstOrDefault(entry => entry.Extension == extension).Advice
            ?? $"Of no format that is read. These are: {known}.";
    }
}
