namespace Quickstart;

/// <summary>What the tool <c>count</c> returns; Python's snake_case names find these by themselves.</summary>
internal sealed record TextCounts(int Words, int Sentences, int Syllables, Dictionary<string, int> Terms);
