namespace Quickstart;

/// <summary>The result of the tool <c>count</c>. Snakepit maps Python's snake_case names to these parameters.</summary>
internal sealed record TextCounts(int Words, int Sentences, int Syllables, Dictionary<string, int> Terms);
