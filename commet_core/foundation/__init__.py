"""The ground: fixed-point money and named rounding, the calendar, errors and problems, documents, threads, progress, files
written whole or not at all, spreadsheets, words. Knows nothing of plans or usage.
"""
