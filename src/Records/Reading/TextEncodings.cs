using System.Text;

namespace Dendrite.Records.Reading;

/// <summary>How characters of a document are encoded.</summary>
public static class TextEncodings
{
    private static readonly EncodingProvider CodePages = CodePagesEncodingProvider.Instance;

    /// <summary>
    /// The encoding of an IANA name such as <c>windows-1252</c>, or null where this server knows none of that name. It
    /// refuses bytes that it has no character for, rather than putting a question mark into a patient's name.
    /// </summary>
    /// <param name="name">Empty: by the byte order mark, else UTF-8.</param>
    public static Encoding? Find(string name)
    {
        // What people call it and IANA does not.
        var known = name.ToLowerInvariant() switch
        {
            "" => "utf-8",
            "latin-1" or "latin1" => "iso-8859-1",
            "utf8" => "utf-8",
            "utf16" => "utf-16",
            "cp1252" => "windows-1252",
            var iana => iana,
        };
        return CodePages.GetEncoding(known, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
            ?? FindBuiltIn(known);
    }

    private static Encoding? FindBuiltIn(string name)
    {
        try
        {
            return Encoding.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        catch (Exception none) when (none is ArgumentException or NotSupportedException)
        {
            // Not supported is UTF-7, a security hole that .NET still knows by several names.
            return null;
        }
    }
}
