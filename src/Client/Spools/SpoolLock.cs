using Dendrite.Errors;

namespace Dendrite.Client.Spools;

/// <summary>
/// Holds a spool directory for one process. The operating system lets go of it when the process ends, however it ends.
/// </summary>
internal sealed class SpoolLock : IDisposable
{
    private const string Name = "lock";
    private readonly FileStream file;

    private SpoolLock(FileStream file) => this.file = file;

    /// <summary>Takes a directory, and makes it where it does not exist.</summary>
    /// <exception cref="DendriteException">Another gateway, of this process or another, has it.</exception>
    public static SpoolLock Take(string directory)
    {
        Directory.CreateDirectory(directory);
        try
        {
            return new(new(Path.Combine(directory, Name), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None));
        }
        catch (IOException held)
        {
            throw new DendriteException(
                ErrorReason.WriterActive,
                $"The spool directory {directory} cannot be locked: another gateway is at work in it. End that one, "
                    + "or give each gateway a directory of its own.",
                held
            );
        }
    }

    public void Dispose() => file.Dispose();
}
