using System.ComponentModel;
using Dendrite.Interop.Testing;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Dendrite.Interop.Processes;

/// <summary>
/// Makes the peer of Python's grpcio, the distribution's package. It needs no generated code: it makes its messages
/// from the descriptors that are written here.
/// </summary>
internal static class PythonPeer
{
    public const string Name = "Python";

    /// <summary>
    /// Not the first on the PATH: the distribution's grpcio is installed for the distribution's Python.
    /// </summary>
    private const string Interpreter = "/usr/bin/python3";

    private static readonly TimeSpan TimeToImport = TimeSpan.FromSeconds(30);

    public static async Task<Peer> MakeAsync(CancellationToken cancellationToken)
    {
        await EnsureInstalledAsync(cancellationToken);
        var environment = new Dictionary<string, string>
        {
            ["INTEROP_DESCRIPTORS"] = WriteDescriptors(),
            ["PYTHONDONTWRITEBYTECODE"] = "1",
        };
        return new Peer(Name, Interpreter, ".py", environment);
    }

    private static async Task EnsureInstalledAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var python = PeerProcess.Start(new(Interpreter, ["-c", "import grpc, google.protobuf"]));
            if (await python.ExitCodeAsync(TimeToImport, cancellationToken) == 0)
            {
                return;
            }
        }
        catch (Win32Exception)
        {
            // No interpreter: said below, with how to get all of it.
        }

        throw new PeerUnavailableException("Python's grpcio is missing: eng/install.sh python-grpc installs it.");
    }

    private static string WriteDescriptors()
    {
        var descriptors = new FileDescriptorSet();
        foreach (
            var file in (FileDescriptor[])
                [EmptyReflection.Descriptor, MessagesReflection.Descriptor, TestReflection.Descriptor]
        )
        {
            descriptors.File.Add(file.ToProto());
        }

        var path = Path.Combine(Made.Folder, $"descriptors.{Environment.ProcessId}.pb");
        File.WriteAllBytes(path, descriptors.ToByteArray());
        return path;
    }
}
