using System.Net.Sockets;
using System.Security.Cryptography;
using Snakepit.Processes;

namespace Snakepit.AspNetCore.Control;

/// <summary>
/// The socket of a control endpoint: PID-XXXXXXXX.control, in the private folder in which this user's hosts register. The folder keeps
/// other users out; the rest of the name keeps hosts apart that have the same process id in different namespaces.
/// </summary>
internal static class ControlSocket
{
    public const string Extension = ".control";

    private const int MostBytes = 107; // of a socket's path
    private static readonly TimeSpan s_longestMaking = TimeSpan.FromMinutes(1); // between bind and listen, which takes microseconds

    /// <summary>Returns the path of this process's socket, once the sockets of dead hosts are gone.</summary>
    /// <exception cref="IOException">There is no folder for it.</exception>
    public static string Prepare(TimeProvider time)
    {
        string folder = RunFolder.Find(new HostSystem(time));
        RemoveDead(folder, time);
        string path = Path.Combine(folder, $"{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}{Extension}");
        int bytes = System.Text.Encoding.UTF8.GetByteCount(path);
        return bytes <= MostBytes
            ? path
            : throw new IOException(
                $"The path {path} has {bytes} bytes, and that of a socket has at most {MostBytes}. Set XDG_RUNTIME_DIR to a shorter one.");
    }

    /// <summary>Removes a socket.</summary>
    public static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A later host removes it: no process listens there.
        }
    }

    /// <summary>Removes the sockets on which no process listens.</summary>
    internal static void RemoveDead(string folder, TimeProvider time)
    {
        foreach (string path in Directory.EnumerateFiles(folder, $"*{Extension}"))
        {
            if (time.GetUtcNow() - File.GetLastWriteTimeUtc(path) > s_longestMaking && IsDead(path))
            {
                Remove(path);
            }
        }
    }

    private static bool IsDead(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return false;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }
}
