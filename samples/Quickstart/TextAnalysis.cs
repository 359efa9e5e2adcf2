namespace Quickstart;

/// <summary>Counts every paragraph in one call each, then describes every document in one call each.</summary>
internal sealed class TextAnalysis(IReadOnlyList<Document> documents, QuickstartOptions options)
{
    private const int EnoughCalls = 4_000;

    private readonly int _paragraphs = documents.Sum(static document => document.Paragraphs.Count);

    public int Rounds => options.Repeat ?? Math.Max(1, (int)Math.Round(EnoughCalls / (double)_paragraphs));

    public long Calls => (long)_paragraphs * Rounds + documents.Count;

    /// <returns>The descriptions in the order of the documents, with null where a call failed.</returns>
    public async Task<Description?[]> RunAsync(Traffic traffic, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = 2 * options.Workers, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Paragraphs(), parallel, async (paragraph, cancellation) =>
        {
            TextCounts? counts = await traffic.CallAsync<TextCounts>("count", new { text = paragraph.Text }, cancellation);
            if (counts is not null && paragraph.Round == 0) // later rounds only keep the workers busy
            {
                paragraph.Document.Add(counts);
            }
        });

        Dictionary<string, int> documentsWith = documents
            .SelectMany(static document => document.Terms.Keys)
            .CountBy(static term => term)
            .ToDictionary();
        var descriptions = new Description?[documents.Count];
        await Parallel.ForAsync(0, documents.Count, parallel, async (i, cancellation) =>
            descriptions[i] = await traffic.CallAsync<Description>("describe", Arguments(documents[i], documentsWith), cancellation));
        return descriptions;
    }

    private IEnumerable<(int Round, Document Document, string Text)> Paragraphs() =>
        from round in Enumerable.Range(0, Rounds)
        from document in documents
        from text in document.Paragraphs
        select (round, document, text);

    private object Arguments(Document document, Dictionary<string, int> documentsWith) => new
    {
        name = document.Name,
        counts = new { words = document.Words, sentences = document.Sentences, syllables = document.Syllables, terms = document.Terms },
        documents_with = document.Terms.Keys.ToDictionary(static term => term, term => documentsWith[term]),
        documents = documents.Count,
    };
}
