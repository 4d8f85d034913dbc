namespace Dendrite.AppHost;

/// <summary>
/// A file name that only this process uses: the first of <c>name</c>, <c>name.2</c>, <c>name.3</c> … that no other
/// AppHost of this machine holds. The hold goes with the process, however it ends.
/// </summary>
internal sealed class NumberedFile : IAsyncDisposable
{
    /// <summary>More AppHosts at once in one checkout are a mistake.</summary>
    private const int MaxNumber = 64;

    private const string LockEnding = ".lock";
    private readonly FileStream held;

    private NumberedFile(string path, int number, FileStream held) => (Path, Number, this.held) = (path, number, held);

    /// <summary>The name; whether there is such a file is the holder's matter.</summary>
    public string Path { get; }

    /// <summary>1 for the one that bears the plain name.</summary>
    public int Number { get; }

    /// <param name="wanted">The plain name, with an ending, before which the number goes.</param>
    /// <exception cref="InvalidOperationException">All are held.</exception>
    public static NumberedFile Claim(string wanted)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(wanted)!);
        var ending = System.IO.Path.GetExtension(wanted);
        for (var number = 1; number <= MaxNumber; number++)
        {
            var path = number == 1 ? wanted : System.IO.Path.ChangeExtension(wanted, $"{number}{ending}");
            var name = path + LockEnding;
            try
            {
                var held = new FileStream(name, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
                return new(path, number, held);
            }
            catch (IOException) when (File.Exists(name))
            {
                // Another AppHost's.
            }
        }

        throw new InvalidOperationException($"{MaxNumber} AppHosts hold {wanted} and the numbers after it already");
    }

    /// <summary>Takes the file away, and gives the name back.</summary>
    public ValueTask DisposeAsync()
    {
        File.Delete(Path);
        File.Delete(Path + LockEnding);
        return held.DisposeAsync();
    }
}
