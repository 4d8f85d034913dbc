using System.Diagnostics;

namespace Dendrite.Cli.Tests.Fakes;

/// <summary>A pipe with a name, like the one of a shell's <c>&lt;(...)</c>: it cannot be sought in.</summary>
internal static class NamedPipe
{
    /// <summary>Makes one that nobody writes to: whoever opens it to read waits.</summary>
    public static void Make(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no named pipes among its files");
        using var made = Process.Start("mkfifo", [path]);
        made.WaitForExit();
        Assert.Equal(0, made.ExitCode);
    }

    /// <summary>Makes one, and writes a text to whoever opens it.</summary>
    public static Task MakeAsync(string path, string text)
    {
        Make(path);
        return Task.Run(() => File.WriteAllText(path, text), TestContext.Current.CancellationToken);
    }
}
