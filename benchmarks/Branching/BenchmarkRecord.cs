using System.Buffers.Binary;
using System.Text;

namespace Dendrite.Benchmarks.Branching;

/// <summary>A record like one of a laboratory's: a number for a key, and a document of some 150 bytes.</summary>
internal static class BenchmarkRecord
{
    /// <summary>SQL for the document of record <c>n</c>, as <see cref="Document"/> writes it.</summary>
    public const string DocumentSql = """
        jsonb_build_object('1', n, '2', 'subject-' || n % 1000, '3', 'Alanine Aminotransferase', '4', n % 97,
            '5', 'U/L', '6', '2014-01-' || 10 + n % 20, '7', 'NORMAL', '8', 'SCREENING 1')
        """;

    public static byte[] Key(long number)
    {
        var key = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(key, number);
        return key;
    }

    /// <param name="change">Makes the document differ from the one there was.</param>
    public static byte[] Document(long number, long change) =>
        Encoding.UTF8.GetBytes(
            $$"""
            {"1": {{number}}, "2": "subject-{{number % 1000}}", "3": "Alanine Aminotransferase", "4": {{change}},
            "5": "U/L", "6": "2014-01-{{10 + (number % 20)}}", "7": "NORMAL", "8": "SCREENING 1"}
            """
        );
}
