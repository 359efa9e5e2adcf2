using System.Runtime.InteropServices;

namespace Quickstart;

/// <summary>A text file and the counts of its paragraphs so far. <see cref="Add"/> is thread-safe.</summary>
internal sealed class Document(string name, IReadOnlyList<string> paragraphs)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _terms = [];

    public string Name { get; } = name;

    public IReadOnlyList<string> Paragraphs { get; } = paragraphs;

    public int Words { get; private set; }

    public int Sentences { get; private set; }

    public int Syllables { get; private set; }

    public IReadOnlyDictionary<string, int> Terms => _terms;

    public void Add(TextCounts paragraph)
    {
        lock (_gate)
        {
            Words += paragraph.Words;
            Sentences += paragraph.Sentences;
            Syllables += paragraph.Syllables;
            foreach ((string term, int count) in paragraph.Terms)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(_terms, term, out _) += count;
            }
        }
    }
}
