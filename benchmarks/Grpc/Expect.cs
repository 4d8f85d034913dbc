namespace Dendrite.Benchmarks.Grpc;

internal static class Expect
{
    /// <summary>A benchmark that loses bytes would look fast.</summary>
    public static void Bytes(long expected, long actual)
    {
        if (expected != actual)
        {
            throw new InvalidOperationException($"{actual} bytes came, {expected} were due.");
        }
    }
}
