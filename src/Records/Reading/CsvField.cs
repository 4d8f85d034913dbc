namespace Dendrite.Records.Reading;

/// <summary>One field of a row.</summary>
/// <param name="IsQuoted">An empty field without quotes is null, one with quotes an empty text.</param>
public readonly record struct CsvField(string Text, bool IsQuoted);
