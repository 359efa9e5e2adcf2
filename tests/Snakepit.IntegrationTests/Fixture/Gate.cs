using System.Runtime.InteropServices;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>A FIFO that tools wait at. Each release lets one tool through, whether it waits already or not.</summary>
internal sealed partial class Gate : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FileStream _stream;

    public Gate()
    {
        Path = _folder["gate"];
        Assert.Equal(0, MakeFifo(Path, 0x180));
        // The stream opens both ends, so that opening does not wait for the other side and the tool never sees an end of file.
        _stream = new FileStream(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
    }

    public string Path { get; }

    public void Release(int tools = 1) => _stream.Write(new byte[tools]);

    /// <summary>Reads the next byte that a tool writes into the gate.</summary>
    public async Task<byte> ReadAsync()
    {
        byte[] buffer = new byte[1];
        Assert.Equal(1, await _stream.ReadAsync(buffer, TestContext.Current.CancellationToken));
        return buffer[0];
    }

    public void Dispose()
    {
        _stream.Dispose();
        _folder.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);
}
