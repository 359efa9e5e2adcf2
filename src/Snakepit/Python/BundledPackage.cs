using System.Buffers.Binary;
using System.Collections.Frozen;
using System.IO.Compression;
using System.IO.Hashing;
using System.Reflection;
using System.Text;

namespace Snakepit.Python;

/// <summary>The Python package inside this assembly: its files by their path, such as <c>snakepit/_worker.py</c>.</summary>
internal sealed class BundledPackage
{
    private const string Prefix = "snakepit/";

    private static readonly Lazy<BundledPackage> s_embedded = new(Read);

    public BundledPackage(IReadOnlyDictionary<string, byte[]> files)
    {
        Files = files.ToFrozenDictionary(StringComparer.Ordinal);
        ContentHash = Hash(files);
    }

    /// <summary>The package of this assembly.</summary>
    public static BundledPackage Embedded => s_embedded.Value;

    public FrozenDictionary<string, byte[]> Files { get; }

    /// <summary>Identifies the content: another version of the package has another hash.</summary>
    public string ContentHash { get; }

    public string Text(string name) => Encoding.UTF8.GetString(Files[name]);

    /// <summary>Returns the package as an archive that an interpreter without zlib can import from.</summary>
    public byte[] ToZip()
    {
        using MemoryStream stream = new();
        using (ZipArchive archive = new(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in Files.OrderBy(static file => file.Key, StringComparer.Ordinal))
            {
                using Stream entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }
        return stream.ToArray();
    }

    private static BundledPackage Read()
    {
        Assembly assembly = typeof(BundledPackage).Assembly;
        Dictionary<string, byte[]> files = new(StringComparer.Ordinal);
        foreach (string resource in assembly.GetManifestResourceNames())
        {
            // MSBuild uses the separator of the building machine in the name.
            string name = resource.Replace('\\', '/');
            if (name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                using Stream stream = assembly.GetManifestResourceStream(resource)!;
                byte[] content = new byte[stream.Length];
                stream.ReadExactly(content);
                files.Add(name, content);
            }
        }
        return new BundledPackage(files);
    }

    private static string Hash(IReadOnlyDictionary<string, byte[]> files)
    {
        XxHash128 hash = new();
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach ((string name, byte[] content) in files.OrderBy(static file => file.Key, StringComparer.Ordinal))
        {
            // The lengths keep the end of one file apart from the beginning of the next.
            foreach (byte[] part in (byte[][])[Encoding.UTF8.GetBytes(name), content])
            {
                BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
                hash.Append(length);
                hash.Append(part);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
